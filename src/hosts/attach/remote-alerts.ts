import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { HOST_SILENCE_MS } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Alert, Log } from '../../market/index.ts';
import { pause } from '../../runtime/pause.ts';
import { backoffDelayMs } from '../../pipeline/retry.ts';
import type { RequestClient } from '../request-router.ts';
import { AlertNews, LISTED_ALERTS } from './alert-news.ts';
import { openRemoteLine } from './remote-line.ts';

export interface RemoteAlertsOptions {
  /** Address of a running web host, without a path. */
  readonly url: string;
  readonly token: string;
  readonly log: Log;
  /** An alert that fired since the opening and is not switched off in Settings; each once, lost connections or not. */
  readonly onAlert: (alert: Alert) => void;
  /** A line without an event for this long is left for a new one, ms; 20,000 unless told. */
  readonly silenceMs?: number;
}

/** Follows what fires on a host elsewhere until it is closed. What fired before is history, not news. */
export class RemoteAlerts {
  readonly #options: RemoteAlertsOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #news = new AlertNews();

  constructor(options: RemoteAlertsOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const error = await this.#follow(() => {
        attempt = 0;
      });
      if (signal.aborted) return;
      this.#options.log.warn({ code: error.code }, `Alerts are not followed: ${error.userMessage}`);
      if (!error.retryable || !(await pause(backoffDelayMs(attempt), signal))) return;
    }
  }

  /** One connection to its end; answers why it ended. */
  async #follow(onFollowing: () => void): Promise<TapedeckError> {
    const { url, token } = this.#options;
    const { port1, port2 } = new MessageChannel();
    let end: (reason: TapedeckError) => void = () => undefined;
    const ended = new Promise<TapedeckError>((resolve) => {
      end = resolve;
    });
    const line = openRemoteLine({
      url,
      token,
      line: 'requests',
      onMessage: (data) => port2.postMessage(data),
      onClose: (reason) => {
        end(reason);
        port2.close();
      },
    });
    const silence = setTimeout(() => line.drop(), this.#options.silenceMs ?? HOST_SILENCE_MS);
    const stop = (): void => line.close();
    this.#closing.signal.addEventListener('abort', stop, { once: true });
    port2.on('message', (data: string | Uint8Array) => line.send(data));
    const client: RequestClient = createORPCClient(new RPCLink({ port: port1 }));
    port1.start();
    void this.#read(client, () => silence.refresh(), onFollowing)
      .catch((error: unknown) =>
        this.#options.log.debug({ reason: TapedeckError.from(error).message }, 'alerts stopped'),
      )
      .finally(() => line.close());
    const reason = await ended;
    clearTimeout(silence);
    this.#closing.signal.removeEventListener('abort', stop);
    return reason;
  }

  async #read(client: RequestClient, onEvent: () => void, onFollowing: () => void): Promise<void> {
    const history = (): Promise<readonly Alert[]> => client.alerts.list({ limit: LISTED_ALERTS, symbol: null });
    const tellNews = async (): Promise<void> => {
      await this.#tell(client, this.#news.ofHistory(await history()));
    };
    await tellNews();
    let isFollowing = false;
    for await (const event of await client.events()) {
      onEvent();
      if (event.type === 'alert' && this.#news.isNews(event.alert)) await this.#tell(client, [event.alert]);
      if (isFollowing) continue;
      // The first event says that all others come from here on; what fired before it is in the history by now.
      isFollowing = true;
      onFollowing();
      await tellNews();
    }
  }

  /** Rejects when the line breaks first; they are news again then. */
  async #tell(client: RequestClient, alerts: readonly Alert[]): Promise<void> {
    if (alerts.length === 0) return;
    try {
      const { notifications } = await client.settings.get();
      if (notifications) for (const alert of alerts) this.#options.onAlert(alert);
    } catch (error) {
      this.#news.forget(alerts);
      throw error;
    }
  }
}
