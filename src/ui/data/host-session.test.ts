import { describe, expect, it } from 'vitest';
import type { HostConnection } from '../transports/host-connection.ts';
import { type ConnectionState, HostSession, retryDelayMs } from './host-session.ts';

function connection(): { readonly value: HostConnection; readonly drop: (reason: string) => void } {
  let drop: (reason: string) => void = () => undefined;
  const closed = new Promise<string>((resolve) => {
    drop = resolve;
  });
  const frames = { send: () => undefined, onFrame: () => undefined };
  return { value: { requests: {} as HostConnection['requests'], frames, closed, close: () => drop('closed') }, drop };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('HostSession', () => {
  it('waits longer after each failure, up to a limit', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 20].map((attempt) => retryDelayMs(attempt, 0));
    expect(delays).toEqual([400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
    expect(retryDelayMs(1, 1)).toBe(500);
  });

  it('says why the connection was lost, and gives the next one', async () => {
    const states: ConnectionState[] = [];
    const connections = [connection(), connection()];
    const given: HostConnection[] = [];
    const session = new HostSession({
      connect: () => Promise.resolve((connections[given.length] ?? connection()).value),
      now: () => 1_000,
      random: () => 0,
      onState: (state) => states.push(state),
      onOpen: (value) => given.push(value),
    });
    void session.run();
    await settled();
    connections[0]?.drop('The host went away.');
    await settled();
    session.retryNow();
    await settled();
    session.close();
    expect(states).toEqual([
      { phase: 'connecting', attempt: 0 },
      { phase: 'lost', reason: 'The host went away.', attempt: 1, retryAtMs: 1_400 },
    ]);
    expect(given).toHaveLength(2);
  });
});
