import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../market/index.ts';
import { eventually, PipelineFixture } from '../testing/pipeline-fixture.ts';
import { alertOf, emptyBatch } from '../testing/store-rows.ts';
import { ErrorReporter } from './error-reporter.ts';
import { startLogRelease } from './log-release.ts';
import type { Role } from './pipeline.ts';
import { positionKey } from './positions.ts';

describe('the log below what everybody has read', () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  /** What two rounds let go of, by topic. */
  async function releasedBy(roles: readonly Role[]): Promise<Record<string, number>> {
    const released: Record<string, number> = {};
    const release = vi.spyOn(fixture.bus, 'release').mockImplementation(({ topic }, offset) => {
      released[topic] = offset;
      return Promise.resolve();
    });
    const options = fixture.options({ roles: new Set(roles) });
    const task = startLogRelease({ options, errors: new ErrorReporter(options, silentLog) });
    task.runSoon();
    task.runSoon();
    await eventually('both rounds have let go of control', () => released['control'] !== undefined);
    await task.stop();
    release.mockRestore();
    return released;
  }

  it('goes, that of topics without a stored position and of roles that do not run here too', async () => {
    const { bus, store } = fixture;
    await bus.publish('control', [
      { kind: 'alert-rules-changed', client: 'desk', timeMs: Date.UTC(2026, 6, 13), symbols: [] },
    ]);
    await bus.publish('alerts', [alertOf(1), alertOf(2)]);
    await store.persist(emptyBatch(positionKey(bus, 'persist', { topic: 'alerts', partition: 0 }), null, 2));
    expect(await releasedBy(['persist', 'analyze'])).toEqual({ control: 1, alerts: 2 });
    expect(await releasedBy(['persist', 'analyze', 'notify'])).toEqual({ control: 1 });
  });
});
