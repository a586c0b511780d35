import type { MessagePortMain } from 'electron';
import { RemoteAlerts } from '../../src/hosts/attach/remote-alerts.ts';
import { openRemoteLine, type RemoteLine } from '../../src/hosts/attach/remote-line.ts';
import type { Alert, Log, TapedeckError } from '../../src/market/index.ts';
import type { Screens } from './screens.ts';

export interface AttachedScreensOptions {
  /** Address of the web host, without a path. */
  readonly url: string;
  readonly token: string;
  readonly log: Log;
  /** The system's notification is this desktop's to show: the host elsewhere has no screen here. */
  readonly onAlert: (alert: Alert) => void;
}

/** Carries every window's two ports to a web host elsewhere; a lost line closes the port, and the window connects again. */
export class AttachedScreens implements Screens {
  readonly #options: AttachedScreensOptions;
  readonly #alerts: RemoteAlerts;
  readonly #lines = new Set<RemoteLine>();

  constructor(options: AttachedScreensOptions) {
    this.#options = options;
    this.#alerts = new RemoteAlerts(options);
  }

  connect(requests: MessagePortMain, frames: MessagePortMain): void {
    this.#carry('requests', requests, (data) => data as string | ArrayBufferView | ArrayBuffer);
    this.#carry('frames', frames, (data) => JSON.stringify(data));
  }

  async close(): Promise<void> {
    for (const line of this.#lines) line.close();
    await this.#alerts.close();
  }

  #carry(
    name: 'requests' | 'frames',
    port: MessagePortMain,
    toWire: (data: unknown) => string | ArrayBufferView | ArrayBuffer,
  ): void {
    const line = openRemoteLine({
      url: this.#options.url,
      token: this.#options.token,
      line: name,
      onMessage: (data) => port.postMessage(data),
      onClose: (reason: TapedeckError) => {
        this.#options.log.warn({ code: reason.code, line: name }, reason.userMessage);
        this.#lines.delete(line);
        port.close();
      },
    });
    this.#lines.add(line);
    port.on('message', ({ data }) => line.send(toWire(data)));
    port.on('close', () => line.close());
    port.start();
  }
}
