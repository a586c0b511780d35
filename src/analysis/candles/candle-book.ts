import {
  type Bar,
  type Candle,
  type MarketEvent,
  latestCredibleMs,
  TapedeckError,
  type TradeEvent,
  sessionCalendar,
} from '../../market/index.ts';
import { StateReader, StateWriter } from '../state-bytes.ts';
import { applyRebuild } from './apply-rebuild.ts';
import type {
  AddOutcome,
  CandleBuilder,
  CandleBuilderOptions,
  CandleChanges,
  CandleCounts,
  RebuildOutcome,
  RebuildRequest,
} from './candle-builder.ts';
import { forgetOld } from './forget-old.ts';
import { MINUTE_MS } from './hour-table.ts';
import { MinuteSlots } from './minute-slots.ts';
import { PrintChunks } from './print-chunks.ts';
import { SymbolTrack, type TrackContext } from './symbol-track.ts';
import { readTrack, writeTrack } from './track-state.ts';
import { VenueCodes } from './venue-codes.ts';

const STATE_VERSION = 1;
const DRAINS_BETWEEN_SWEEPS = 16;

/** A builder without candles, or one that goes on from `state`. Throws `corrupt` when the state cannot be read. */
export function createCandleBuilder(options: CandleBuilderOptions, state: Uint8Array | null = null): CandleBuilder {
  const book = new CandleBook(options);
  if (state !== null) book.restore(state);
  return book;
}

class CandleBook implements CandleBuilder {
  readonly #tracks = new Map<string, SymbolTrack>();
  readonly #context: TrackContext;
  #hasUndrained = false;

  constructor(options: CandleBuilderOptions) {
    this.#context = {
      options,
      room: { slots: new MinuteSlots(), chunks: new PrintChunks() },
      venues: new VenueCodes(),
      watermarkMs: -Infinity,
      drainNumber: 0,
      duplicates: 0,
      unknownConditions: 0,
      lateBars: 0,
      barsCompared: 0,
      barsDiffering: 0,
      rebuilds: 0,
      abandonedRebuilds: 0,
      retainedPrints: 0,
    };
  }

  get watermarkMs(): number {
    return this.#context.watermarkMs;
  }

  add(event: TradeEvent): AddOutcome {
    const track = this.#tracks.get(event.symbol) ?? this.#newTrack(event.symbol);
    this.#hasUndrained = true;
    this.#advanceWith(event, event.timeMs);
    return event.type === 'trade' ? track.addTrade(event) : track.addAmendment(event);
  }

  addBar(bar: Bar): void {
    const track = this.#tracks.get(bar.symbol) ?? this.#newTrack(bar.symbol);
    this.#hasUndrained = true;
    const knownUntilMs = bar.interval === '1m' ? bar.timeMs + MINUTE_MS : bar.timeMs;
    this.#advanceWith(bar, knownUntilMs);
    track.addBar(bar);
  }

  advanceTo(watermarkMs: number): void {
    if (watermarkMs > this.#context.watermarkMs) this.#context.watermarkMs = watermarkMs;
  }

  drain(): CandleChanges {
    const context = this.#context;
    const candles: Candle[] = [];
    const rebuilds: RebuildRequest[] = [];
    context.drainNumber++;
    const isSweep = context.drainNumber % DRAINS_BETWEEN_SWEEPS === 0;
    for (const track of this.#tracks.values()) {
      if (track.hasWork()) {
        track.collect(candles);
        track.takeRebuilds(rebuilds);
      }
      if (isSweep) {
        track.takeRebuilds(rebuilds);
        forgetOld(track, context, context.options.retainPrintsMs);
      }
    }
    this.#limitPrints();
    this.#hasUndrained = false;
    return { candles, rebuilds };
  }

  applyRebuild(
    request: RebuildRequest,
    events: readonly TradeEvent[],
    backfillCandles: readonly Candle[],
  ): RebuildOutcome {
    const track = this.#tracks.get(request.symbol);
    const pending = track?.rebuilds.finish(request) ?? null;
    // Asked for by a builder before a restart, or answered twice: nothing waits for it.
    if (track === undefined || pending === null) return 'rebuilt';
    this.#hasUndrained = true;
    return applyRebuild(track, this.#context, pending, events, backfillCandles);
  }

  counts(): CandleCounts {
    let waitingAmendments = 0;
    for (const track of this.#tracks.values()) waitingAmendments += track.amendments.waiting;
    const { duplicates, unknownConditions, lateBars, barsCompared, barsDiffering } = this.#context;
    const { rebuilds, abandonedRebuilds, retainedPrints } = this.#context;
    return {
      duplicates,
      unknownConditions,
      waitingAmendments,
      lateBars,
      barsCompared,
      barsDiffering,
      rebuilds,
      abandonedRebuilds,
      retainedPrints,
    };
  }

  toState(): Uint8Array {
    if (this.#hasUndrained) throw new TapedeckError('internal', 'candle state taken before what was added was drained');
    const writer = new StateWriter();
    writer.count(STATE_VERSION);
    writer.number(this.#context.watermarkMs);
    writer.count(this.#context.drainNumber);
    writer.json(this.#context.venues.names());
    writer.count(this.#tracks.size);
    for (const track of this.#tracks.values()) {
      writer.text(track.symbol);
      writeTrack(writer, track);
    }
    return writer.finish();
  }

  restore(state: Uint8Array): void {
    const reader = new StateReader(state);
    const version = reader.count();
    if (version !== STATE_VERSION) throw new TapedeckError('corrupt', `candle state of unknown version ${version}`);
    this.#context.watermarkMs = reader.number();
    this.#context.drainNumber = reader.count();
    for (const venue of reader.json() as readonly string[]) this.#context.venues.codeOf(venue);
    for (let left = reader.count(); left > 0; left--) {
      readTrack(reader, this.#newTrack(reader.text()));
    }
  }

  /** All symbols share the watermark: one false time far ahead would make every later print of a live feed a late one. */
  #advanceWith(event: MarketEvent, knownUntilMs: number): void {
    this.advanceTo(Math.min(knownUntilMs, latestCredibleMs(event)) - this.#context.options.allowedLatenessMs);
  }

  #newTrack(symbol: string): SymbolTrack {
    const calendar = sessionCalendar(this.#context.options.calendarOf(symbol));
    const track = new SymbolTrack(symbol, calendar, this.#context);
    this.#tracks.set(symbol, track);
    return track;
  }

  /** Above the bound prints go earlier than their time; late ones then cost a rebuild, not memory. */
  #limitPrints(): void {
    const { options } = this.#context;
    if (this.#context.retainedPrints <= options.maxRetainedPrints) return;
    for (let retainMs = options.retainPrintsMs / 2; retainMs >= 1_000; retainMs /= 2) {
      if (this.#context.retainedPrints <= options.maxRetainedPrints) return;
      for (const track of this.#tracks.values()) forgetOld(track, this.#context, retainMs);
    }
  }
}
