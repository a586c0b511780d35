import { RPCHandler } from '@orpc/server/message-port';
import type { MessagePortMain } from 'electron';
import { readClientMessage } from '../../src/hosts/client-message.ts';
import { FrameRelay } from '../../src/hosts/frame-relay.ts';
import type { ScreenServices } from '../../src/hosts/open-host.ts';
import type { Screens } from './screens.ts';

/** Answers windows over their two ports, as the web host answers browsers over two sockets. */
export class LocalScreens implements Screens {
  readonly #host: ScreenServices;
  readonly #handler: RPCHandler<Record<string, never>>;

  constructor(host: ScreenServices) {
    this.#host = host;
    this.#handler = new RPCHandler(host.router);
  }

  connect(requests: MessagePortMain, frames: MessagePortMain): void {
    this.#handler.upgrade(requests, { context: {} });
    requests.start();
    const relay = new FrameRelay(
      (listener) => this.#host.pipelineHost.onDesk(listener),
      (frame) => frames.postMessage(frame),
    );
    frames.on('message', ({ data }) => {
      const message = readClientMessage(data);
      if (message !== null) relay.receive(message);
    });
    frames.on('close', () => relay.close());
    frames.start();
  }
}
