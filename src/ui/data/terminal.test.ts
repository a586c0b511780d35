import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type ClientMessage,
  encodeFrame,
  ROW_COLUMNS,
  type ServerEvent,
  type Settings,
  type StatusSnapshot,
} from '../../contract/index.ts';
import type { Alert, AlertRule } from '../../market/index.ts';
import type { HostConnection } from '../transports/host-connection.ts';
import { Terminal } from './terminal.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const NOTICE: ServerEvent = { type: 'notice', level: 'info', text: 'still here', key: 'test' };

/** All that the terminal reads of a status. */
function status(dataset: string, pipelineRun: number | null): ServerEvent {
  const session = { timeMs: 0, phase: 'open', changesAtMs: null, nextPhase: null };
  const read: Partial<StatusSnapshot> = { dataset, pipelineRun, nowMs: 0, components: [] };
  return { type: 'status', status: { ...read, session } as StatusSnapshot };
}

function terminalOf(connect: () => Promise<HostConnection>): Terminal {
  return new Terminal({
    connect,
    timers: { requestFrame: (run) => run(), setTimer: () => undefined, isHidden: () => false },
    now: () => Date.now(),
    random: () => 0,
  });
}

/** A host that answers nothing but the line of events, which says something only when told to. */
function quietHost() {
  let connections = 0;
  let say: () => void = () => undefined;
  const never = () => new Promise<never>(() => undefined);
  async function* events(): AsyncGenerator<ServerEvent> {
    yield status('mock', 1);
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
  const terminal = terminalOf(host.connect);
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

/** One connection that stays; what the pipelines behind it know is set by the test. */
function steadyHost() {
  const queue: ServerEvent[] = [];
  let wake: () => void = () => undefined;
  async function* events(): AsyncGenerator<ServerEvent> {
    for (;;) {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const knows = {
    rules: (): Promise<AlertRule[]> => Promise.resolve([]),
    update: (change: Partial<Settings>): Promise<Partial<Settings>> => Promise.resolve(change),
    name: '',
  };
  const sent: ClientMessage[] = [];
  let give: (frame: ArrayBuffer) => void = () => undefined;
  const requests = {
    events: () => Promise.resolve(events()),
    settings: {
      get: () => Promise.resolve({ chartSymbol: 'AAPL' }),
      update: (change: Partial<Settings>) => knows.update(change),
    },
    watchlists: { list: () => Promise.resolve([]) },
    alertRules: { list: () => knows.rules() },
    alerts: { list: () => Promise.resolve([]) },
    symbols: {
      find: () =>
        knows.name === ''
          ? Promise.reject(new Error('starting'))
          : Promise.resolve({ instrument: { symbol: 'AAPL', name: knows.name } }),
    },
  } as unknown as HostConnection['requests'];
  const frames: HostConnection['frames'] = {
    send: (message) => void sent.push(message),
    onFrame: (listener) => {
      give = listener;
    },
  };
  const connect = (): Promise<HostConnection> =>
    Promise.resolve({ requests, frames, closed: new Promise<string>(() => undefined), close: () => undefined });
  return {
    connect,
    knows,
    generations: () => sent.flatMap((message) => (message.type === 'watch' ? [message.generation] : [])),
    say: async (event: ServerEvent) => {
      queue.push(event);
      wake();
      await vi.advanceTimersByTimeAsync(50);
    },
    price: (generation: number, last: number) => {
      const rows = new Float64Array(ROW_COLUMNS.length).fill(Number.NaN);
      rows[0] = 0;
      rows[ROW_COLUMNS.indexOf('last')] = last;
      give(encodeFrame({ sequence: generation, generation, rowCount: 1, rows, charts: [] }));
    },
  };
}

const rule = (id: string) => ({ id }) as AlertRule;

it('shows nothing of another dataset once the pipeline behind an open connection has changed to it', async () => {
  const host = steadyHost();
  const terminal = terminalOf(host.connect);
  const last = () => terminal.ticks.value(terminal.ticks.slotOf('AAPL'), 'last');
  terminal.feed.watchSymbols(['AAPL']);
  terminal.instruments.want('AAPL');
  host.knows.rules = () => Promise.resolve([rule('mock-rule')]);
  host.knows.name = 'Invented';
  terminal.open();
  await host.say(status('mock', 1));
  const mockGeneration = host.generations().at(-1) ?? 0;
  host.price(mockGeneration, 10);
  expect(last()).toBe(10);
  expect(terminal.state.getState()).toMatchObject({
    alertRules: [{ id: 'mock-rule' }],
    instruments: { AAPL: { name: 'Invented' } },
  });

  host.knows.rules = () => new Promise(() => undefined);
  host.knows.name = 'Apple';
  await host.say(status('live', 2));
  host.price(mockGeneration, 11);
  expect(last()).toBeNaN();
  expect(terminal.state.getState()).toMatchObject({ alertRules: null, alerts: null, connection: { epoch: 2 } });
  expect(terminal.state.getState().instruments['AAPL']?.name).toBe('Apple');
  const liveGeneration = host.generations().at(-1) ?? 0;
  expect(liveGeneration).toBeGreaterThan(mockGeneration);
  host.price(liveGeneration, 200);
  expect(last()).toBe(200);
  terminal.close();
});

it('reads everything again, and loses nothing, when a pipeline of the same dataset takes over', async () => {
  const host = steadyHost();
  const terminal = terminalOf(host.connect);
  terminal.feed.watchSymbols(['AAPL']);
  terminal.instruments.want('AAPL');
  terminal.open();
  await host.say(status('mock', null));
  expect(terminal.state.getState()).toMatchObject({ connection: { phase: 'open', epoch: 1 }, instruments: {} });
  expect(host.generations()).toEqual([]);

  host.knows.name = 'Invented';
  await host.say(status('mock', 1));
  expect(terminal.state.getState()).toMatchObject({
    connection: { epoch: 2 },
    instruments: { AAPL: { name: 'Invented' } },
  });
  host.price(host.generations().at(-1) ?? 0, 10);
  await host.say(status('mock', 1));
  expect(terminal.state.getState().connection).toMatchObject({ epoch: 2 });
  await host.say(status('mock', null));
  await host.say(status('mock', 2));
  expect(terminal.state.getState()).toMatchObject({ connection: { epoch: 3 }, alertRules: [] });
  expect(terminal.ticks.value(terminal.ticks.slotOf('AAPL'), 'last')).toBe(10);
  terminal.close();
});

it('leaves it to the host to say why its pipeline is away', async () => {
  const host = steadyHost();
  const terminal = terminalOf(host.connect);
  const complaints: string[] = [];
  terminal.listen({ onNotice: ({ text }) => complaints.push(text) });
  let refuse: (reason: Error) => void = () => undefined;
  host.knows.rules = () => new Promise((_resolve, reject) => (refuse = reject));
  terminal.open();
  await host.say(status('mock', null));
  refuse(new Error('The database is damaged.'));
  await vi.advanceTimersByTimeAsync(1);
  expect(complaints).toEqual([]);
  terminal.close();
});

it('asks for rules and alerts until the host can answer, and complains once', async () => {
  const host = steadyHost();
  const terminal = terminalOf(host.connect);
  const complaints: string[] = [];
  terminal.listen({ onNotice: ({ text }) => complaints.push(text) });
  let asked = 0;
  host.knows.rules = () =>
    ++asked < 4 ? Promise.reject(new Error('The database is away.')) : Promise.resolve([rule('r')]);
  terminal.open();
  await host.say(status('mock', 1));
  expect(terminal.state.getState().alertRules).toBeNull();
  await vi.advanceTimersByTimeAsync(400 + 800 + 1_600);
  expect(terminal.state.getState().alertRules).toEqual([{ id: 'r' }]);
  expect(complaints).toEqual(['Lists and rules could not be read: The database is away.']);
  terminal.close();
});

it('keeps an alert that fires while those before it are being read', async () => {
  const host = steadyHost();
  const terminal = terminalOf(host.connect);
  const alert = (id: string) => ({ id }) as Alert;
  let answer: (rules: AlertRule[]) => void = () => undefined;
  host.knows.rules = () => new Promise((resolve) => (answer = resolve));
  terminal.open();
  await host.say(status('mock', 1));
  await host.say({ type: 'alert', alert: alert('first') });
  await host.say({ type: 'alert', alert: alert('second') });
  answer([rule('r')]);
  await vi.advanceTimersByTimeAsync(50);
  expect(terminal.state.getState()).toMatchObject({
    alertRules: [{ id: 'r' }],
    alerts: [{ id: 'second' }, { id: 'first' }],
  });
  terminal.close();
});

it('keeps settings that were changed without a connection until a host has taken them', async () => {
  const host = steadyHost();
  const terminal = terminalOf(host.connect);
  const taken: Partial<Settings>[] = [];
  host.knows.update = () => Promise.reject(new Error('The line is gone again.'));
  await terminal.updateSettings({ clockZone: 'utc' });
  terminal.open();
  await host.say(status('mock', 1));
  host.knows.update = (change) => {
    taken.push(change);
    return Promise.resolve(change);
  };
  await host.say(status('mock', 2));
  expect(taken).toEqual([{ clockZone: 'utc' }]);
  await host.say(status('mock', 3));
  expect(taken).toHaveLength(1);
  terminal.close();
});
