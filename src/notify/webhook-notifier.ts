import { createHash } from 'node:crypto';
import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Alert } from '../market/index.ts';
import type { DeliveryResult, Notifier } from './notifier.ts';
import { isPrivateAddress } from './private-addresses.ts';

/** Shorter than what the caller gives an alert, so that a silent receiver is asked again. */
const ANSWER_TIMEOUT_MS = 5_000;
const REFUSED_ADDRESS = 'private-address';

export interface WebhookOptions {
  /** Where alerts are posted; a secret, since path and query may hold a token. */
  readonly url: string;
  /** Receivers on private addresses are asked too; one on this machine is, by its name in `url`, anyway. */
  readonly allowsPrivate: boolean;
  /** Goes along with every alert: a price of the mock market is no real one. */
  readonly dataset: string;
  readonly answerTimeoutMs?: number;
  /** The system's own look-up unless given. */
  readonly lookUp?: LookupFunction;
}

/** Posts each alert as JSON. Redirects are not followed: they could lead where the address may not. */
export class WebhookNotifier implements Notifier {
  readonly channel: string;
  readonly #options: WebhookOptions;
  readonly #url: URL;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    const target = createHash('sha256').update(this.#url.href).digest('hex').slice(0, 12);
    this.channel = `webhook:${this.#url.host}:${target}`;
  }

  deliver(alert: Alert, signal: AbortSignal): Promise<DeliveryResult> {
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const isGuarded = !this.#options.allowsPrivate && !isLoopback(host);
    if (isGuarded && isIP(host) !== 0 && isPrivateAddress(host)) return Promise.resolve(failure(REFUSED_ADDRESS));
    return this.#post(alert, signal, isGuarded);
  }

  #post(alert: Alert, signal: AbortSignal, isGuarded: boolean): Promise<DeliveryResult> {
    const { timeMs, ...rest } = alert;
    const time = new Date(timeMs).toISOString();
    const body = JSON.stringify({ type: 'alert', dataset: this.#options.dataset, time, ...rest });
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      // A receiver can drop a repeat after a crash between its answer and our record of it.
      'idempotency-key': alert.id,
    };
    return new Promise((resolve) => {
      const send = this.#url.protocol === 'https:' ? requestHttps : requestHttp;
      const anywhere = this.#options.lookUp ?? lookup;
      const request = send(
        this.#url,
        { method: 'POST', headers, signal, agent: false, lookup: isGuarded ? publicOnly(anywhere) : anywhere },
        (response) => {
          clearTimeout(timer);
          resolve(answered(response.statusCode ?? 0));
          // Nothing in the answer matters, however long it is.
          response.destroy();
        },
      );
      const timer = setTimeout(
        () => request.destroy(Object.assign(new Error('no answer'), { code: 'no answer in time' })),
        this.#options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        resolve(failure(error.code ?? 'the connection failed'));
      });
      request.end(body);
    });
  }
}

/** Checked on the addresses that are then connected to, so that a name cannot answer twice differently. */
function publicOnly(lookUp: LookupFunction): LookupFunction {
  return (name, options, callback) => {
    lookUp(name, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      if (error === null && addresses.some(isPrivateAddress)) {
        callback(Object.assign(new Error('private address'), { code: REFUSED_ADDRESS }), '', 0);
      } else {
        callback(error, found, family);
      }
    });
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function answered(status: number): DeliveryResult {
  const isDelivered = status >= 200 && status < 300;
  const isRetryable = status === 408 || status === 429 || status >= 500;
  return { isDelivered, isRetryable, detail: `the receiver answered ${String(status)}` };
}

/** By code only: a message may hold the address. */
function failure(code: string): DeliveryResult {
  if (code === REFUSED_ADDRESS) {
    const detail = 'the receiver is on a private address; TAPEDECK_WEBHOOK_ALLOW_PRIVATE=1 allows it';
    return { isDelivered: false, isRetryable: false, detail };
  }
  return { isDelivered: false, isRetryable: true, detail: `the receiver could not be reached: ${code}` };
}
