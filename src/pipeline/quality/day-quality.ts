import { type CalendarName, type StoredGap, sessionCalendar, type TradingDay } from '../../market/index.ts';
import type { MinuteCounts, QueryStore } from '../../store/store.ts';

const MINUTE_MS = 60_000;
/** About 30 ms of the embedded engine. */
const CANDLES_AT_ONCE = 15_000;
/** More are found faster among all. */
const LISTED_SYMBOLS = 100;
const LONGEST_STRIDE = 4;
/** As many as may be there, until the first answer tells. */
const UNKNOWN_SYMBOLS = 250;
const LISTED_GAPS = 500;
/** A minute's candle comes a little after the minute has ended. */
const CANDLE_DELAY_MS = 10_000;

export interface DayQualityQuery {
  /** Null for all that the store has something of. */
  readonly symbols: readonly string[] | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  /** Asked before each further day is read. */
  readonly isEnough?: (rows: readonly DayQuality[]) => boolean;
}

/** One symbol on one trading day of its calendar. */
export interface DayQuality {
  readonly day: string;
  readonly symbol: string;
  /** Midnight of the market's zone, and where the regular session begins. */
  readonly startMs: number;
  readonly openMs: number;
  /** Prints in the candles built here. */
  readonly trades: number;
  readonly duplicates: number;
  readonly lateTrades: number;
  /** 1m candles that changed after they had closed. */
  readonly revisedCandles: number;
  readonly barsCompared: number;
  readonly barsDiffering: number;
  /** Minutes of the regular session that are over, on a day that is not. */
  readonly expectedMinutes: number;
  /** Of these, the ones with a candle of whatever source. */
  readonly coveredMinutes: number;
  readonly backfilledMinutes: number;
  /**
   * Minutes that were traded or may have been, and have no candle: the feed delivered a bar of its own (at any hour), or an
   * open gap covers them (in the regular session). A minute without a trade is not missing, so this and `coveredMinutes` do
   * not add up to `expectedMinutes` for a symbol that trades seldom.
   */
  readonly missingMinutes: number;
  /** Gaps that touch the day, and those of them that nothing has closed. */
  readonly gaps: number;
  readonly openGaps: number;
}

type ReadStore = Pick<QueryStore, 'instruments' | 'gaps' | 'arrivalCounts' | 'minuteCounts'>;
type Tally = { -readonly [K in Exclude<keyof DayQuality, 'day' | 'symbol' | 'startMs' | 'openMs'>]: DayQuality[K] };

/**
 * Computed from what is stored, every time: candles, gaps and counts were written with the position of what they come from, so
 * nothing is counted twice, and a repaired minute is no longer missing. Ascending by day, then symbol; a symbol without any
 * candle, count or gap of its own on a day has no row.
 */
export async function readDayQuality(store: ReadStore, query: DayQualityQuery): Promise<readonly DayQuality[]> {
  const calendars = new Map((await store.instruments()).map(({ symbol, calendar }) => [symbol, calendar]));
  const calendarOf: CalendarOf = (symbol) =>
    calendars.get(symbol) ?? (symbol.includes('/') ? 'always-open' : 'us-equities');
  const gaps = await store.gaps({ symbol: null, fromMs: null, toMs: query.toMs, limit: LISTED_GAPS });
  const days = (['us-equities', 'always-open'] as const).flatMap((name): readonly DayTallies[] =>
    query.symbols !== null && query.symbols.every((symbol) => calendarOf(symbol) !== name)
      ? []
      : sessionCalendar(name)
          .days(query.fromMs, Math.min(query.toMs, query.nowMs))
          .map((day) => ({ name, day, tallies: new Map() })),
  );
  const isAsked = askedFor(query.symbols);
  const read = query.symbols !== null && query.symbols.length > LISTED_SYMBOLS ? null : query.symbols;
  await countArrivals(store, days, read, calendarOf);
  const rows: DayQuality[] = [];
  for (const date of [...new Set(days.map(({ day }) => day.date))].sort()) {
    if (query.isEnough?.(rows) === true) break;
    const ofDate = days.filter(({ day }) => day.date === date);
    await countMinutes(store, ofDate, read, calendarOf);
    for (const { day, tallies } of ofDate) {
      for (const symbol of tallies.keys()) if (!isAsked(symbol)) tallies.delete(symbol);
      await addGaps(store, tallies, day, gaps, query.nowMs);
      for (const [symbol, tally] of tallies) {
        rows.push({ day: day.date, symbol, startMs: day.startMs, openMs: day.openMs, ...tally });
      }
    }
  }
  return rows.sort((a, b) => a.startMs - b.startMs || (a.symbol < b.symbol ? -1 : 1));
}

function askedFor(symbols: readonly string[] | null): (symbol: string) => boolean {
  const asked = symbols === null ? null : new Set(symbols);
  return (symbol) => asked?.has(symbol) ?? true;
}

/** A trading day of one calendar, and what was counted on it by symbol. */
interface DayTallies {
  readonly name: CalendarName;
  readonly day: TradingDay;
  readonly tallies: Map<string, Tally>;
}

type CalendarOf = (symbol: string) => CalendarName;

function tallyOf({ tallies }: DayTallies, symbol: string): Tally {
  const tally = tallies.get(symbol) ?? emptyTally();
  tallies.set(symbol, tally);
  return tally;
}

async function countArrivals(
  store: ReadStore,
  days: readonly DayTallies[],
  symbols: readonly string[] | null,
  calendarOf: CalendarOf,
): Promise<void> {
  if (days.length === 0) return;
  const fromMs = Math.min(...days.map(({ day }) => day.startMs));
  const toMs = Math.max(...days.map(({ day }) => day.endMs));
  for (const { symbol, hourMs, duplicates, lateTrades } of await store.arrivalCounts({ symbols, fromMs, toMs })) {
    const of = days.find(({ name, day }) => name === calendarOf(symbol) && hourMs >= day.startMs && hourMs < day.endMs);
    if (of === undefined) continue;
    const tally = tallyOf(of, symbol);
    tally.duplicates += duplicates;
    tally.lateTrades += lateTrades;
  }
}

/**
 * One pass over the candles, in slices that lie within or outside each session, and small enough for the embedded engine to
 * serve others in between.
 */
async function countMinutes(
  store: ReadStore,
  days: readonly DayTallies[],
  symbols: readonly string[] | null,
  calendarOf: CalendarOf,
): Promise<void> {
  const marks = [...new Set(days.flatMap(({ day }) => [day.startMs, day.openMs, day.closeMs, day.endMs]))].sort(
    (a, b) => a - b,
  );
  let symbolCount = symbols?.length ?? UNKNOWN_SYMBOLS;
  for (const [index, untilMs] of marks.slice(1).entries()) {
    let fromMs = marks[index] ?? untilMs;
    let stride = 1;
    const ofStretch = days.filter(({ day }) => day.startMs < untilMs && day.endMs > fromMs);
    while (ofStretch.length > 0 && fromMs < untilMs) {
      const stepMs = Math.max(1, Math.floor(CANDLES_AT_ONCE / symbolCount)) * MINUTE_MS;
      const toMs = Math.min(untilMs, fromMs + stepMs * stride);
      const counts = await store.minuteCounts({ symbols, fromMs, toMs });
      for (const row of counts) {
        const of = ofStretch.find(({ name }) => name === calendarOf(row.symbol));
        if (of !== undefined)
          addMinutes(tallyOf(of, row.symbol), row, fromMs >= of.day.openMs && toMs <= of.day.closeMs);
      }
      symbolCount = Math.max(symbolCount, counts.length);
      // The night is long and empty; a session is never entered with a long stride, because it begins with a slice of its own.
      stride = counts.length === 0 ? Math.min(stride * 2, LONGEST_STRIDE) : 1;
      fromMs = toMs;
    }
  }
}

function addMinutes(tally: Tally, counts: MinuteCounts, isInSession: boolean): void {
  tally.trades += counts.trades;
  if (isInSession) tally.coveredMinutes += counts.coveredMinutes;
  tally.backfilledMinutes += counts.backfilledMinutes;
  tally.missingMinutes += counts.missingMinutes;
  tally.revisedCandles += counts.revisedCandles;
  tally.barsCompared += counts.barsCompared;
  tally.barsDiffering += counts.barsDiffering;
}

/** What is expected of the day so far, and what gaps have left of it. */
async function addGaps(
  store: ReadStore,
  tallies: Map<string, Tally>,
  day: TradingDay,
  gaps: readonly StoredGap[],
  nowMs: number,
): Promise<void> {
  const overUntilMs = nowMs - MINUTE_MS - CANDLE_DELAY_MS;
  const session = { fromMs: day.openMs, toMs: Math.max(day.openMs, Math.min(day.closeMs, overUntilMs)) };
  const ofDay = gaps.filter((gap) => gap.fromMs < day.endMs && gap.toMs >= day.startMs && gap.reason !== 'requested');
  const expectedMinutes = minuteStarts(session.fromMs, session.toMs);
  for (const tally of tallies.values()) tally.expectedMinutes = expectedMinutes;
  for (const gap of ofDay) {
    const concerned = gap.symbol === null ? [...tallies.keys()] : tallies.has(gap.symbol) ? [gap.symbol] : [];
    for (const symbol of concerned) {
      const tally = tallies.get(symbol);
      if (tally === undefined) continue;
      tally.gaps += 1;
      if (gap.backfilledMs === null) tally.openGaps += 1;
    }
  }
  for (const { symbol, fromMs, toMs } of openStretches(ofDay, session)) {
    const concerned = symbol === null ? [...tallies.keys()] : tallies.has(symbol) ? [symbol] : [];
    if (concerned.length === 0) continue;
    const counts = await store.minuteCounts({ symbols: concerned, fromMs, toMs });
    const found = new Map(counts.map((row) => [row.symbol, row]));
    for (const one of concerned) {
      const tally = tallies.get(one);
      if (tally === undefined) continue;
      const { coveredMinutes = 0 } = found.get(one) ?? {};
      tally.missingMinutes += minuteStarts(fromMs, toMs) - coveredMinutes;
    }
  }
}

interface Stretch {
  readonly symbol: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What the open gaps cover of the session, in whole minutes, each minute once: those of the whole feed joined, those of one
 * symbol joined and without what the whole feed lost.
 */
export function openStretches(
  gaps: readonly StoredGap[],
  session: { readonly fromMs: number; readonly toMs: number },
): readonly Stretch[] {
  const cut = gaps
    .filter((gap) => gap.backfilledMs === null && gap.toMs > gap.fromMs)
    .map(({ symbol, fromMs, toMs }) => ({
      symbol,
      fromMs: Math.max(session.fromMs, Math.floor(fromMs / MINUTE_MS) * MINUTE_MS),
      toMs: Math.min(session.toMs, Math.ceil(toMs / MINUTE_MS) * MINUTE_MS),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  const ofFeed = joined(cut.filter(({ symbol }) => symbol === null));
  const symbols = new Set(cut.map(({ symbol }) => symbol).filter((symbol) => symbol !== null));
  const ofSymbols = [...symbols].flatMap((symbol) =>
    joined(cut.filter((one) => one.symbol === symbol)).flatMap((own) => without(own, ofFeed)),
  );
  return [...ofFeed, ...ofSymbols];
}

/** `stretches` ascending by their start. */
function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const last = result.at(-1);
    if (last === undefined || stretch.fromMs > last.toMs) result.push(stretch);
    else result[result.length - 1] = { ...last, toMs: Math.max(last.toMs, stretch.toMs) };
  }
  return result;
}

function without(stretch: Stretch, others: readonly Stretch[]): readonly Stretch[] {
  let rest = [stretch];
  for (const other of others) {
    rest = rest.flatMap((one) =>
      [
        { ...one, toMs: Math.min(one.toMs, other.fromMs) },
        { ...one, fromMs: Math.max(one.fromMs, other.toMs) },
      ].filter(({ fromMs, toMs }) => fromMs < toMs),
    );
  }
  return rest;
}

function minuteStarts(fromMs: number, toMs: number): number {
  return Math.max(0, Math.ceil(toMs / MINUTE_MS) - Math.ceil(fromMs / MINUTE_MS));
}

function emptyTally(): Tally {
  return {
    trades: 0,
    duplicates: 0,
    lateTrades: 0,
    revisedCandles: 0,
    barsCompared: 0,
    barsDiffering: 0,
    expectedMinutes: 0,
    coveredMinutes: 0,
    backfilledMinutes: 0,
    missingMinutes: 0,
    gaps: 0,
    openGaps: 0,
  };
}
