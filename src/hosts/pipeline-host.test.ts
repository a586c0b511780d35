import { describe, expect, test } from 'vitest';
import type { ServerEvent } from '../contract/index.ts';
import { TapedeckError, silentLog, systemClock } from '../market/index.ts';
import type { Desk, Pipeline } from '../pipeline/pipeline.ts';
import type { Store } from '../store/store.ts';
import { loadConfig } from './config/load-config.ts';
import { PipelineHost } from './pipeline-host.ts';
import type { OpenStack, RunningStack } from './stack.ts';

const loaded = loadConfig({
  hostKind: 'web',
  flags: {},
  environment: {},
  workingDir: '/nowhere',
  platform: { data: '/nowhere/data', config: '/nowhere/config', log: '/nowhere/log' },
  readText: () => {
    throw Object.assign(new Error('none'), { code: 'ENOENT' });
  },
  fileExists: () => true,
  readSettings: () => ({}),
  readSecrets: () => ({}),
});

function runningStack(onClose: () => void = () => undefined): RunningStack {
  const desk = {
    onEvent: () => () => undefined,
    watchSymbols: () => Promise.resolve(),
    seenSymbols: () => [],
    onSeenSymbols: () => () => undefined,
  } as unknown as Desk;
  const pipeline = {
    desk,
    finished: new Promise<void>(() => undefined),
    status: () => ({
      nowMs: 0,
      components: [],
      session: { timeMs: 0, phase: 'open', changesAtMs: null, nextPhase: null },
    }),
  } as unknown as Pipeline;
  return {
    store: {} as Store,
    pipeline,
    close: async () => onClose(),
  };
}

function hostOf(openStack: OpenStack): { host: PipelineHost; events: ServerEvent[] } {
  const host = new PipelineHost({
    version: '0',
    loaded,
    reload: () => loaded,
    openStack,
    settings: null,
    clock: systemClock,
    log: silentLog,
  });
  const events: ServerEvent[] = [];
  host.onEvent((event) => events.push(event));
  return { host, events };
}

const away = new TapedeckError('connection-lost', 'the database is away', { retryable: true });

describe('a pipeline host', () => {
  test('keeps the last notice of a key for the first who listens, and for nobody after', async () => {
    const host = new PipelineHost({
      version: '0',
      loaded,
      reload: () => loaded,
      openStack: () => Promise.resolve(runningStack()),
      settings: null,
      clock: systemClock,
      log: silentLog,
    });
    for (const text of ['first', 'second']) host.emit({ type: 'notice', level: 'warning', text, key: 'restart' });
    const heard: ServerEvent[] = [];
    const heardLater: ServerEvent[] = [];
    host.onEvent((event) => heard.push(event));
    host.onEvent((event) => heardLater.push(event));
    expect(heard).toEqual([{ type: 'notice', level: 'warning', text: 'second', key: 'restart' }]);
    expect(heardLater).toEqual([]);
    await host.close();
  });

  test('starts while something is away, says so, and runs once it is back', async () => {
    let attempts = 0;
    const { host, events } = hostOf(() => (++attempts < 3 ? Promise.reject(away) : Promise.resolve(runningStack())));
    await host.start();
    expect(host.notReady()).not.toBeNull();
    expect(host.status().components[0]).toMatchObject({
      state: 'down',
      detail: expect.stringContaining('away') as string,
    });
    expect(() => host.desk()).toThrow(expect.objectContaining({ retryable: true }));
    await new Promise<void>((resolve) => {
      host.onDesk((desk) => {
        if (desk !== null) resolve();
      });
    });
    expect(attempts).toBe(3);
    expect(events.filter((event) => event.type === 'notice')).toHaveLength(1);
    await host.close();
  });

  test('does not start where only the user can help, and says so once', async () => {
    const { host, events } = hostOf(() => Promise.reject(new TapedeckError('corrupt', 'damaged')));
    await expect(host.start()).rejects.toMatchObject({ code: 'corrupt' });
    expect(events.filter((event) => event.type === 'notice')).toHaveLength(1);
    await host.close();
  });

  test('does not restart where only the user can help, and says so once', async () => {
    const damaged = new TapedeckError('corrupt', 'damaged');
    let opened = 0;
    const { host, events } = hostOf(() => (++opened === 1 ? Promise.resolve(runningStack()) : Promise.reject(damaged)));
    await host.start();
    await expect(host.restart()).rejects.toMatchObject({ code: 'corrupt' });
    expect(events.filter((event) => event.type === 'notice')).toHaveLength(1);
    await host.close();
  });

  test('starts at once when opening waits for a broker, and gives that up when closed', async () => {
    const { host } = hostOf((_config, { signal, onWaiting }) => {
      onWaiting('no broker at 127.0.0.1:1');
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new TapedeckError('closed', 'given up')));
      });
    });
    await host.start();
    expect(host.status().components[0]?.detail).toContain('no broker');
    await host.close();
  });

  test('a restart that waits for a broker holds up neither who asked for it nor what needs a pipeline', async () => {
    let isAway = false;
    const { host } = hostOf((_config, { signal, onWaiting }) => {
      if (!isAway) return Promise.resolve(runningStack());
      onWaiting('no broker at 127.0.0.1:1');
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new TapedeckError('closed', 'given up')));
      });
    });
    await host.start();
    isAway = true;
    await host.restart();
    await expect(host.openedDesk()).rejects.toMatchObject({ code: 'connection-lost', retryable: true });
    isAway = false;
    await host.restart();
    expect(host.notReady()).toBeNull();
    await host.close();
  });

  test('a restart closes the old pipeline before it opens the new one, and screens are told', async () => {
    const steps: string[] = [];
    const { host, events } = hostOf(() => {
      steps.push('open');
      return Promise.resolve(runningStack(() => steps.push('close')));
    });
    await host.start();
    const desks: boolean[] = [];
    host.onDesk((desk) => desks.push(desk !== null));
    await host.restart();
    await host.close();
    expect(steps).toEqual(['open', 'close', 'open', 'close']);
    expect(desks).toEqual([true, false, true, false]);
    const runs = events.flatMap((event) => (event.type === 'status' ? [event.status.pipelineRun] : []));
    expect(runs.filter((run, index) => index === 0 || run !== runs[index - 1])).toEqual([1, null, 2, null]);
  });

  test('an outage of a stack that is open is no failure to open it', async () => {
    let lose: (detail: string) => void = () => undefined;
    const { host, events } = hostOf((_config, { onWaiting }) => {
      lose = onWaiting;
      return Promise.resolve(runningStack(() => onWaiting('closed')));
    });
    await host.start();
    lose('no broker at 127.0.0.1:1');
    await host.restart();
    expect(host.notReady()).toBeNull();
    await host.close();
    expect(events.filter((event) => event.type === 'notice')).toEqual([]);
  });

  test('a restart opens the new pipeline though the old one could not be closed well, and says so', async () => {
    let openings = 0;
    const { host, events } = hostOf(() => {
      const isFirst = openings++ === 0;
      return Promise.resolve(
        runningStack(() => {
          if (isFirst) throw new TapedeckError('disk-full', 'the recording is not whole');
        }),
      );
    });
    await host.start();
    await host.restart();
    expect(host.notReady()).toBeNull();
    expect(events).toContainEqual({
      type: 'notice',
      level: 'error',
      text: 'the recording is not whole',
      key: 'restart',
    });
    await host.close();
  });

  test('of two restarts at once only the later one opens a pipeline', async () => {
    let opened = 0;
    let closed = 0;
    const { host } = hostOf(() => {
      opened += 1;
      return Promise.resolve(runningStack(() => (closed += 1)));
    });
    await host.start();
    await Promise.all([host.restart(), host.restart()]);
    expect({ opened, closed }).toEqual({ opened: 2, closed: 1 });
    await host.close();
    expect(closed).toBe(2);
  });

  test('a restart that is asked for while the host closes opens nothing', async () => {
    let open = 0;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const { host } = hostOf(() => {
      open += 1;
      return Promise.resolve({ ...runningStack(), close: () => left.then(() => void (open -= 1)) });
    });
    await host.start();
    const closed = host.close();
    expect(() => host.restart()).toThrow(expect.objectContaining({ code: 'closed' }) as Error);
    leave();
    await closed;
    expect(open).toBe(0);
  });

  test('a restart does not wait for something that is away for ever', async () => {
    let isAway = true;
    const { host } = hostOf(() => (isAway ? Promise.reject(away) : Promise.resolve(runningStack())));
    await host.start();
    isAway = false;
    await host.restart();
    expect(host.notReady()).toBeNull();
    await host.close();
  });
});
