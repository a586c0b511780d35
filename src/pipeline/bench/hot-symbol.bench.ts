import type { Bus, ConsumeRequest } from '../../bus/bus.ts';
import type { Trade } from '../../market/index.ts';
import { type Benchmark, median } from '../../testing/benchmark.ts';
import { CountedMetrics } from '../../testing/pipeline-fixture.ts';
import { mulberry32 } from '../../testing/pipeline-trades.ts';
import { openPipeline } from '../open-pipeline.ts';
import { missingServers, openKafkaPostgresStack } from './kafka-postgres-stack.ts';
import { benchOptions } from './replay-speed.ts';

const SYMBOLS = 500;
const HOT = 'S0';
const HOT_SHARE = 0.3;
const PARTITIONS = 8;
const TRADES_PER_SECOND = 3_000;
const TICK_MS = 20;
const WARM_UP_MS = 5_000;
const MEASURED_MS = 12_000;
const ROUNDS = 3;
const STAGES = ['analyze', 'persist'] as const;
type Stage = (typeof STAGES)[number];

/** Milliseconds from the call that publishes a trade to the end of a stage, 99 of 100 trades of all symbols but `HOT`. */
type Lags = Readonly<Record<Stage, number>>;

/** Whether a symbol with a third of all trades makes the others wait. */
export const hotSymbol: Benchmark = {
  name: 'hot-symbol',
  goal: "<= 2x a flat day's p99 lag of the others",
  isMet: (result) => (result.ratio ?? 0) >= 0.5,
  skipReason: missingServers,
  run: async () => {
    const flat: Lags[] = [];
    const hot: Lags[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      flat.push(await playDay(0, round));
      hot.push(await playDay(HOT_SHARE, round));
    }
    const middle = (days: readonly Lags[], stage: Stage): number => median(days.map((lags) => lags[stage]));
    const stages = STAGES.map((stage) => ({ stage, flatMs: middle(flat, stage), hotMs: middle(hot, stage) }));
    const worst = stages.reduce((a, b) => (b.hotMs / b.flatMs > a.hotMs / a.flatMs ? b : a));
    const all = stages.map(({ stage, flatMs, hotMs }) => `${stage} ${flatMs.toFixed(0)} -> ${hotMs.toFixed(0)} ms`);
    return {
      value: worst.hotMs,
      unit: `ms p99 to ${worst.stage}`,
      baseline: 'the same rate spread evenly',
      baselineValue: worst.flatMs,
      ratio: worst.flatMs / worst.hotMs,
      conditions: `${TRADES_PER_SECOND} trades/s of ${SYMBOLS} symbols for ${MEASURED_MS / 1000} s after ${WARM_UP_MS / 1000} s, ${HOT_SHARE * 100} % of them of one symbol or spread evenly; lag from the publish call to the stage's end, the other symbols' p99, medians of ${ROUNDS} days each: ${all.join(', ')}; ${PARTITIONS} partitions, one broker and one PostgreSQL server on the same machine with their default fsync`,
    };
  },
};

async function playDay(hotShare: number, seed: number): Promise<Lags> {
  const stack = await openKafkaPostgresStack(PARTITIONS);
  const lags: Readonly<Record<Stage, number[]>> = { analyze: [], persist: [] };
  const measuredFromMs = Date.now() + WARM_UP_MS;
  const bus = timedBus(stack.bus, (stage, trade) => {
    if (trade.symbol !== HOT && trade.receivedMs >= measuredFromMs) lags[stage].push(Date.now() - trade.receivedMs);
  });
  const options = benchOptions({ ...stack, bus }, new CountedMetrics());
  const pipeline = await openPipeline({ ...options, roles: new Set(STAGES), dataset: 'mock' });
  try {
    await publishFor(stack.bus, measuredFromMs + MEASURED_MS, hotShare, mulberry32(seed));
  } finally {
    // Closing lets the roles take in what was published.
    await pipeline.close();
    await stack.close();
  }
  return { analyze: percentile99(lags.analyze), persist: percentile99(lags.persist) };
}

/** Tells of every trade that one of the two stages has dealt with. */
function timedBus(bus: Bus, onDone: (stage: Stage, trade: Trade) => void): Bus {
  const timed = (request: ConsumeRequest, stage: Stage): ConsumeRequest => ({
    ...request,
    onBatch: async (batch) => {
      const outcome = await request.onBatch(batch);
      if (batch.topic !== 'trades') return outcome;
      for (const { event } of batch.records) if (event.type === 'trade') onDone(stage, event);
      return outcome;
    },
  });
  return new Proxy(bus, {
    get: (target, name) => {
      if (name === 'consume') {
        return (request: ConsumeRequest) => {
          const stage = STAGES.find((known) => known === request.group);
          return target.consume(stage === undefined ? request : timed(request, stage));
        };
      }
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

async function publishFor(bus: Bus, untilMs: number, hotShare: number, random: () => number): Promise<void> {
  const startedMs = Date.now();
  let sent = 0;
  while (Date.now() < untilMs) {
    const due = Math.floor(((Date.now() - startedMs) * TRADES_PER_SECOND) / 1000);
    const trades: Trade[] = [];
    for (; sent < due; sent++) trades.push(tradeOf(sent, hotShare, random));
    // Not awaited one by one, so that a slow acknowledgement does not lower the rate.
    if (trades.length > 0) void bus.publish('trades', trades);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}

function tradeOf(number: number, hotShare: number, random: () => number): Trade {
  const isHot = random() < hotShare;
  const nowMs = Date.now();
  return {
    type: 'trade',
    symbol: isHot ? HOT : `S${String(1 + Math.floor(random() * (SYMBOLS - 1)))}`,
    timeMs: nowMs,
    nanosOfMs: number % 1_000_000,
    source: 'mock',
    provider: 'mock',
    receivedMs: nowMs,
    price: 100 + Math.floor(random() * 100) / 100,
    size: 1 + Math.floor(random() * 400),
    id: String(number),
    exchange: 'V',
    tape: 'A',
    conditions: [],
    sequence: number,
  };
}

function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}
