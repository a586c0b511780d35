import type { StateReader, StateWriter } from '../state-bytes.ts';
import type { Amendment } from './amendments.ts';
import type { CandleLane } from './candle-lane.ts';
import { HourTable } from './hour-table.ts';
import { MinutePrints } from './minute-prints.ts';
import type { SavedRebuild } from './rebuilds.ts';
import type { SymbolTrack } from './symbol-track.ts';

/** What of a track is small and irregular; the rest is numbers. */
interface SmallState {
  readonly ownOpen: CandleLane['openBuckets'];
  readonly feedOpen: CandleLane['openBuckets'];
  readonly amendments: readonly Amendment[];
  readonly dayBars: ReturnType<SymbolTrack['dayBars']['entries']>;
  readonly rebuilds: readonly SavedRebuild[];
}

export function writeTrack(writer: StateWriter, track: SymbolTrack): void {
  const small: SmallState = {
    ownOpen: track.own.openBuckets,
    feedOpen: track.feed.openBuckets,
    amendments: track.amendments.events(),
    dayBars: track.dayBars.entries(),
    rebuilds: track.rebuilds.saved(),
  };
  writer.json(small);
  writer.number(track.droppedBeforeMs);
  writer.number(track.feedDroppedBeforeMs);
  writer.number(track.comparableFromMs);
  writeHours(writer, track.own);
  writeHours(writer, track.feed);
  writer.count(track.minutes.length);
  for (const prints of track.minutes) prints.write(writer);
}

export function readTrack(reader: StateReader, track: SymbolTrack): void {
  const small = reader.json() as SmallState;
  track.own.restoreOpen(small.ownOpen);
  track.feed.restoreOpen(small.feedOpen);
  track.dayBars.restore(small.dayBars);
  track.rebuilds.restore(small.rebuilds);
  track.droppedBeforeMs = reader.number();
  track.feedDroppedBeforeMs = reader.number();
  track.comparableFromMs = reader.number();
  readHours(reader, track.own);
  readHours(reader, track.feed);
  for (let left = reader.count(); left > 0; left--) track.adoptPrints(MinutePrints.read(reader, track.room));
  for (const event of small.amendments) track.amendments.add(event);
  if (track.amendments.size > 0) track.resolveAmendments();
}

function writeHours(writer: StateWriter, lane: CandleLane): void {
  writer.count(lane.hourCount);
  for (const hour of lane.hours()) hour.write(writer);
}

function readHours(reader: StateReader, lane: CandleLane): void {
  for (let left = reader.count(); left > 0; left--) {
    lane.putHour(HourTable.read(reader));
  }
}
