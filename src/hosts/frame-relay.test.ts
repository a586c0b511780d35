import { expect, test } from 'vitest';
import type { ClientMessage } from '../contract/index.ts';
import type { Desk } from '../pipeline/pipeline.ts';
import { FrameRelay } from './frame-relay.ts';

function recordingDesk(heard: ClientMessage[]): Desk {
  const session = { receive: (message: ClientMessage) => void heard.push(message), close: () => undefined };
  return { openSession: () => session } as unknown as Desk;
}

const WATCH: ClientMessage = { type: 'watch', generation: 1, symbols: ['AAPL'], charts: [] };
const HIDDEN: ClientMessage = { type: 'visibility', isHidden: true };

test('a desk that takes over shows nothing to a screen that may still show another dataset, until asked', () => {
  const ofFirst: ClientMessage[] = [];
  const ofSecond: ClientMessage[] = [];
  let change: (desk: Desk | null) => void = () => undefined;
  const relay = new FrameRelay(
    (listener) => {
      change = listener;
      listener(recordingDesk(ofFirst));
      return () => undefined;
    },
    () => undefined,
  );
  relay.receive(HIDDEN);
  relay.receive(WATCH);
  change(null);
  change(recordingDesk(ofSecond));
  expect(ofFirst).toEqual([HIDDEN, WATCH]);
  expect(ofSecond).toEqual([HIDDEN]);
  relay.receive({ ...WATCH, generation: 2 });
  expect(ofSecond.at(-1)).toEqual({ ...WATCH, generation: 2 });
  relay.close();
});
