/** What one print may change. A condition the table does not know counts for volume only and is flagged. */
export interface PrintEffect {
  /** May become open, close and last price. */
  readonly last: boolean;
  /** May become high or low. */
  readonly highLow: boolean;
  readonly volume: boolean;
  /** Whether `last` and `highLow` hold for the daily candle too; extended-hours prints move intraday candles only. */
  readonly dailyPrices: boolean;
  readonly isUnknown: boolean;
}

const REGULAR: PrintEffect = { last: true, highLow: true, volume: true, dailyPrices: true, isUnknown: false };
const RANGE_ONLY: PrintEffect = { ...REGULAR, last: false };
const VOLUME_ONLY: PrintEffect = { ...RANGE_ONLY, highLow: false, dailyPrices: false };
const EXTENDED: PrintEffect = { ...REGULAR, dailyPrices: false };
const EXTENDED_RANGE_ONLY: PrintEffect = { ...EXTENDED, last: false };
const PRICE_WITHOUT_VOLUME: PrintEffect = { ...REGULAR, volume: false };
const NOTHING: PrintEffect = { ...VOLUME_ONLY, volume: false };
const UNKNOWN: PrintEffect = { ...VOLUME_ONLY, isUnknown: true };

type ConditionTable = ReadonlyMap<string, PrintEffect>;

/**
 * Consolidated update rules of the SIPs (CTS specification, sale-condition tables; UTDF specification, trade-modifier
 * matrix). Where they say "last only if it is the first qualifying print", it is no here: that would make a candle
 * depend on the order of arrival. Extended hours moves minute bars, as Alpaca builds them.
 */
const SHARED_CODES: readonly (readonly [string, PrintEffect])[] = [
  ['@', REGULAR],
  [' ', REGULAR],
  ['', REGULAR],
  // Intermarket sweep, rule 127/155, market-centre opening, cross, reopening, closing prints.
  ['F', REGULAR],
  ['K', REGULAR],
  ['O', REGULAR],
  ['X', REGULAR],
  ['5', REGULAR],
  ['6', REGULAR],
  // Sold last: late, but in sequence as to price.
  ['L', REGULAR],
  // Prior reference price, sold out of sequence, derivatively priced.
  ['P', RANGE_ONLY],
  ['Z', RANGE_ONLY],
  ['4', RANGE_ONLY],
  // Cash, price variation, odd lot, next day, seller, contingent, qualified contingent.
  ['C', VOLUME_ONLY],
  ['H', VOLUME_ONLY],
  ['I', VOLUME_ONLY],
  ['N', VOLUME_ONLY],
  ['R', VOLUME_ONLY],
  ['V', VOLUME_ONLY],
  ['7', VOLUME_ONLY],
  // Extended hours, and the same sold out of sequence.
  ['T', EXTENDED],
  ['U', EXTENDED_RANGE_ONLY],
  // Official open and close repeat a print that was already counted.
  ['M', NOTHING],
  ['Q', NOTHING],
  // Corrected consolidated close.
  ['9', PRICE_WITHOUT_VOLUME],
];

/** Tapes A and B: average price is `B`; `E` is automatic execution. */
const CTA: ConditionTable = new Map([...SHARED_CODES, ['B', VOLUME_ONLY], ['E', REGULAR]]);

/** Tape C: average price is `W`; `B` is a bunched trade, `G` a bunched one sold out of sequence. */
const UTP: ConditionTable = new Map([
  ...SHARED_CODES,
  ['A', REGULAR],
  ['B', REGULAR],
  ['D', REGULAR],
  ['G', RANGE_ONLY],
  ['S', REGULAR],
  ['W', VOLUME_ONLY],
  ['Y', REGULAR],
  ['1', REGULAR],
  ['2', RANGE_ONLY],
  ['3', RANGE_ONLY],
]);

/** By provider, then tape; a provider that is not listed has no codes of its own. */
const TABLES: Readonly<Record<string, (tape: string) => ConditionTable>> = {
  alpaca: consolidatedTable,
  'alpaca-delayed': consolidatedTable,
  // The mock market marks odd lots and extended hours as the SIPs do.
  mock: consolidatedTable,
  // A replayed file says by `provider` whose codes it holds; where it does not, they are taken for those of the SIPs.
  replay: consolidatedTable,
};

/** Tape N (overnight) and O (OTC) use the letters of tape C. */
function consolidatedTable(tape: string): ConditionTable {
  return tape === 'A' || tape === 'B' ? CTA : UTP;
}

/**
 * Whether a print says by its conditions that it is inside or outside regular hours; for the others the session calendar
 * decides.
 */
export function marksSession(provider: string, conditions: readonly string[]): boolean {
  return conditions.length > 0 && Object.hasOwn(TABLES, provider);
}

/**
 * What a print with these sale conditions changes: what all of its conditions allow. Odd lots are recognised by their
 * condition, never by size. A print without conditions counts for everything.
 */
export function printEffect(provider: string, tape: string, conditions: readonly string[]): PrintEffect {
  if (conditions.length === 0) return REGULAR;
  const table = TABLES[provider]?.(tape);
  if (table === undefined) return conditions.every(isRegular) ? REGULAR : UNKNOWN;
  let combined = REGULAR;
  for (const condition of conditions) combined = both(combined, table.get(condition) ?? UNKNOWN);
  return combined;
}

function isRegular(condition: string): boolean {
  return condition === '@' || condition.trim() === '';
}

function both(a: PrintEffect, b: PrintEffect): PrintEffect {
  if (a === REGULAR) return b;
  if (b === REGULAR) return a;
  return {
    last: a.last && b.last,
    highLow: a.highLow && b.highLow,
    volume: a.volume && b.volume,
    dailyPrices: a.dailyPrices && b.dailyPrices,
    isUnknown: a.isUnknown || b.isUnknown,
  };
}
