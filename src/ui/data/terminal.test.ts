import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ServerEvent } from '../../contract/index.ts';
import type { HostConnection } from '../transports/host-connection.ts';
import { Terminal } from './terminal.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const NOTICE: ServerEvent = { type: 'notice', level: 'info', text: 'still here', key: 'test' };

/** A host that answers nothing but the line of events, which says something only when told to. */
function quietHost() {
  let connections = 0;
  let say: () => void = () => undefined;
  const never = () => new Promise<never>(() => undefined);
  async function* events(): AsyncGenerator<ServerEvent> {
    for (;;) {
      await new Promise<void>((resolve) => {
        say = resolve;
      });
      yield NOTICE;
    }
  }
  const connect = (): Promise<HostConnection> => {
    connections += 1;
    let close: (reason?: string) => void = () => undefined;
    const closed = new Promise<string>((resolve) => {
      close = (reason = 'closed') => resolve(reason);
    });
    const requests = {
      events: () => Promise.resolve(events()),
      settings: { get: never },
      watchlists: { list: never },
      alertRules: { list: never },
      alerts: { list: never },
    } as unknown as HostConnection['requests'];
    return Promise.resolve({ requests, frames: { send: () => undefined, onFrame: () => undefined }, closed, close });
  };
  return { connect, say: () => say(), count: () => connections };
}

it('connects anew to a host that has said nothing for twenty seconds, and tells why', async () => {
  const host = quietHost();
  const timers = { requestFrame: () => undefined, isHidden: () => false };
  const terminal = new Terminal({
    connect: host.connect,
    timers: timers as unknown as ConstructorParameters<typeof Terminal>[0]['timers'],
    now: () => Date.now(),
    random: () => 0,
  });
  terminal.open();
  for (let seconds = 0; seconds < 60; seconds += 10) {
    await vi.advanceTimersByTimeAsync(10_000);
    host.say();
  }
  expect(host.count()).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(terminal.state.getState().connection).toMatchObject({ phase: 'lost', reason: 'The host stopped answering.' });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(host.count()).toBe(2);
  expect(terminal.state.getState().connection).toMatchObject({ phase: 'open', epoch: 2 });
  terminal.close();
});
