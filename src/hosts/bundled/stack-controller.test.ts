import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StackSnapshot } from '../../contract/index.ts';
import { TapedeckError, silentLog } from '../../market/index.ts';
import { createDockerStandIn } from '../../testing/docker-stand-in.ts';
import type { DockerStandIn } from '../../testing/docker-stand-in.ts';
import { startTestHost } from '../../testing/host-test-host.ts';
import { BundledStack } from './bundled-stack.ts';
import { StackController } from './stack-controller.ts';
import { stackSourceFolder } from './stack-files.ts';

let docker: DockerStandIn;
let folder: string;
let running: StackSnapshot['running'];
let told: StackSnapshot[];
let refusal: TapedeckError | null;
let controller: StackController;

beforeEach(async () => {
  docker = await createDockerStandIn();
  folder = await mkdtemp(join(tmpdir(), 'tapedeck-stack-controller-'));
  running = 'embedded';
  told = [];
  refusal = null;
  controller = createController();
});

afterEach(async () => {
  await controller.close();
  await docker.close();
  await rm(folder, { recursive: true, force: true });
});

function createController(): StackController {
  const environment = { KAFKA_PORT: '9092', POSTGRES_PORT: '5432', POSTGRES_DB: 'd', POSTGRES_USER: 'u' };
  return new StackController({
    stack: new BundledStack({
      bundled: { environmentFile: join(folder, 'bundled-stack.env'), environment },
      defaultConfigDir: folder,
      sourceFolder: stackSourceFolder(),
      stackFolder: join(folder, 'stack'),
      metricsPort: null,
      surroundings: { environment: docker.environment, platform: 'linux' },
      sleep: () => Promise.resolve(),
    }),
    running: () => running,
    switchTo: (target) => {
      if (refusal !== null) return Promise.reject(refusal);
      running = target;
      return Promise.resolve();
    },
    onChange: (snapshot) => told.push(snapshot),
    log: silentLog,
  });
}

async function untilDone(): Promise<StackSnapshot> {
  await expect.poll(() => told.at(-1)?.work, { timeout: 15_000 }).toBe('none');
  const last = told.at(-1);
  if (last === undefined) throw new Error('nothing was told');
  return last;
}

describe('the bundled stack of a host', () => {
  test('is started, told of line by line, and the pipeline moved over; stopping moves it back first', async () => {
    expect(controller.start([], true).work).toBe('starting');
    const started = await untilDone();
    expect(started).toMatchObject({ running: 'bundled', problem: null });
    expect(started.services.map(({ health }) => health)).toEqual(['healthy', 'healthy']);
    expect(told.some(({ progress }) => progress.some(({ percent }) => percent === 25))).toBe(true);
    controller.stop();
    const stopped = await untilDone();
    expect(stopped).toMatchObject({ running: 'embedded', problem: null });
    expect(stopped.services.map(({ state }) => state)).toEqual(['absent', 'absent']);
  });

  test('what fails is kept for whoever looks later, until the next try', async () => {
    await docker.setScenario('port-taken');
    controller.start([], true);
    expect(await untilDone()).toMatchObject({ running: 'embedded', problem: { kind: 'port-taken' } });
    expect(await controller.status()).toMatchObject({ problem: { kind: 'port-taken' } });
    await docker.setScenario(null);
    expect(controller.start([], false).problem).toBeNull();
    expect(await untilDone()).toMatchObject({ running: 'embedded', problem: null });
  });

  test('while it is being started it takes no other wish but to be cancelled', async () => {
    await docker.setScenario('hang');
    controller.start([], false);
    expect(() => controller.stop()).toThrow('the stack is starting');
    await expect.poll(() => told.at(-1)?.progress.length, { timeout: 15_000 }).toBe(1);
    controller.cancel();
    expect(await untilDone()).toMatchObject({ problem: { kind: 'stopped' } });
  });

  test('without an engine it says so for as long as that is so', async () => {
    await docker.setScenario('engine-down');
    expect(await controller.status()).toMatchObject({ services: [], problem: { kind: 'engine-down' } });
    await docker.setScenario(null);
    expect(await controller.status()).toMatchObject({ problem: null });
  });

  test('a pipeline that cannot be moved stays where it is, and the reason is told', async () => {
    refusal = new TapedeckError('conflict', 'the stack is chosen by flag --stack');
    controller.switchTo('bundled');
    expect(await untilDone()).toMatchObject({ running: 'embedded', problem: { kind: 'conflict' } });
  });

  test('a pipeline is moved from the one stack to the other, and only if it has to', async () => {
    expect(await controller.move('embedded')).toBe(false);
    expect(await controller.move('bundled')).toBe(true);
    expect([running, await controller.move('bundled')]).toEqual(['bundled', false]);
    refusal = new TapedeckError('conflict', 'the stack is chosen by flag --stack');
    await expect(controller.move('embedded')).rejects.toBe(refusal);
    running = 'remote';
    expect([await controller.move('embedded'), await controller.move('bundled')]).toEqual([false, false]);
  });

  test('nobody is told that the pipeline need not move while it is about to', async () => {
    await docker.setScenario('hang');
    controller.start([], true);
    await expect(controller.move('embedded')).rejects.toMatchObject({ code: 'conflict' });
    controller.cancel();
    await untilDone();
    expect(await controller.move('embedded')).toBe(false);
  });

  test('a host that other machines reach starts nothing', async () => {
    const elsewhere = new StackController({
      stack: null,
      running: () => 'remote',
      switchTo: () => Promise.resolve(),
      onChange: (snapshot) => told.push(snapshot),
      log: silentLog,
    });
    expect(await elsewhere.status()).toMatchObject({ isManagedHere: false, problem: { kind: 'elsewhere' } });
    expect(() => elsewhere.start([], true)).toThrow('npm run stack -- up');
  });
});

test('a host moves its pipeline as Settings say, and not where a flag says otherwise', async () => {
  const host = await startTestHost({ args: ['--stack', 'embedded'], environment: docker.environment });
  const events: StackSnapshot[] = [];
  try {
    host.host.pipelineHost.onEvent((event) => event.type === 'stack' && events.push(event.stack));
    await call(host.host.router.stack.switchTo, { stack: 'bundled' });
    await expect.poll(() => events.at(-1)?.work, { timeout: 15_000 }).toBe('none');
    expect(events.at(-1)).toMatchObject({ running: 'embedded', problem: { kind: 'conflict' } });
    expect(events.at(-1)?.problem?.text).toContain('flag --stack');
    expect((await call(host.host.router.settings.get, undefined)).stack).toBeNull();
  } finally {
    await host.close();
  }
}, 60_000);
