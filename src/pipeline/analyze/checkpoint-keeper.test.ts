import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComponentBoard } from '../component-board.ts';
import { Activity } from '../activity.ts';
import { HealthRecorder } from '../health/health-recorder.ts';
import { ErrorReporter } from '../error-reporter.ts';
import { FlowControl } from '../flow-control.ts';
import { silentLog, systemClock } from '../../market/index.ts';
import { sampleTrades } from '../../testing/bus-events.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import type { RoleContext } from '../role-context.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { PartitionAnalysis } from './partition-analysis.ts';
import { PositionGaps } from '../position-gaps.ts';
import { PartitionLoader } from './partition-loader.ts';

interface Owner {
  readonly keeper: CheckpointKeeper;
  readonly analysis: PartitionAnalysis;
  /** Takes in the next `count` trades. */
  read(count: number): Promise<void>;
}

describe('the checkpoint of a partition', () => {
  let fixture: PipelineFixture;

  beforeEach(async () => {
    fixture = await PipelineFixture.open();
  }, 60_000);

  afterEach(() => fixture.close());

  async function own(): Promise<Owner> {
    const options = fixture.options({});
    const context: RoleContext = {
      options,
      board: new ComponentBoard(systemClock),
      activity: new Activity(systemClock, options.roles),
      health: new HealthRecorder(options, systemClock),
      errors: new ErrorReporter(options, silentLog),
      flow: new FlowControl([]),
      wallClock: systemClock,
      sharedClock: systemClock,
      notify: () => undefined,
      log: silentLog,
    };
    const keeper = new CheckpointKeeper(context, new PositionGaps(context, 'analyze'));
    const analysis = await new PartitionLoader(context, keeper).load(0);
    return {
      keeper,
      analysis,
      read: (count) => {
        const firstOffset = analysis.positions.trades ?? 0;
        const records = sampleTrades(count, 'AAPL', firstOffset).map((event, index) => ({
          offset: firstOffset + index,
          event,
        }));
        const nextOffset = firstOffset + count;
        return analysis.apply({ topic: 'trades', partition: 0, records, badRecords: [], firstOffset, nextOffset });
      },
    };
  }

  it('is not overwritten by a paused owner that wakes, while the owner of now goes on storing', async () => {
    const paused = await own();
    await paused.read(3);
    expect(await paused.keeper.save(paused.analysis)).toBe(true);
    await paused.read(1);

    const next = await own();
    expect(next.analysis.positions.trades).toBe(3);
    await next.read(7);
    expect(await next.keeper.save(next.analysis)).toBe(true);

    expect(await paused.keeper.save(paused.analysis)).toBe(false);
    expect((await next.keeper.load(0))?.positions.trades).toBe(10);
    await next.read(2);
    expect(await next.keeper.save(next.analysis)).toBe(true);
  });

  it('keeps its state but not its place in a topic that was made anew, which the gap ledger tells', async () => {
    const owner = await own();
    await owner.read(3);
    await owner.keeper.save(owner.analysis);
    Object.defineProperty(fixture.bus, 'logIdOf', { value: () => 'made anew' });

    const next = await own();
    expect(next.analysis.positions.trades).toBeNull();
    const readGaps = () => fixture.store.gaps({ symbol: null, fromMs: null, toMs: null, limit: 10 });
    await eventually('the gap is stored', async () => (await readGaps()).length > 0);
    const gaps = await readGaps();
    expect(gaps).toMatchObject([
      { reason: 'position-outside-log', detail: expect.stringContaining('offset 3 of trades/0') },
    ]);
    await next.read(5);
    expect(await next.keeper.save(next.analysis)).toBe(true);
    expect((await own()).analysis.positions.trades).toBe(5);
  });

  it('is stored by the owner of now at the next try where the paused one came first', async () => {
    const paused = await own();
    await paused.read(3);
    await paused.keeper.save(paused.analysis);
    const next = await own();
    await next.read(7);
    await paused.read(1);
    expect(await paused.keeper.save(paused.analysis)).toBe(true);

    expect(await next.keeper.save(next.analysis)).toBe(false);
    expect(await next.keeper.save(next.analysis)).toBe(true);
    expect((await next.keeper.load(0))?.positions.trades).toBe(10);
  });
});
