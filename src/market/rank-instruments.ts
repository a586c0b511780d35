import type { Instrument } from './instrument.ts';

/** The matches of `query`, best first: exact symbol, symbol prefix, first word of the name, other words of the name. */
export function rankInstruments(
  instruments: readonly Instrument[],
  query: string,
  limit: number,
): readonly Instrument[] {
  const wanted = query.trim().toUpperCase();
  if (wanted === '') return [];
  const byRank: Instrument[][] = [[], [], [], []];
  for (const instrument of instruments) byRank[rankOf(instrument, wanted)]?.push(instrument);
  for (const group of byRank)
    group.sort((a, b) => a.symbol.length - b.symbol.length || compareText(a.symbol, b.symbol));
  return byRank.flat().slice(0, limit);
}

function rankOf(instrument: Instrument, wanted: string): number {
  if (instrument.symbol === wanted) return 0;
  if (instrument.symbol.startsWith(wanted)) return 1;
  const name = instrument.name.toUpperCase();
  if (name.startsWith(wanted)) return 2;
  return name.includes(` ${wanted}`) ? 3 : -1;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
