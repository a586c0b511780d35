export interface SortChoice<Column extends string = string> {
  readonly column: Column;
  readonly isDescending: boolean;
}

/** The next choice when a heading is clicked: descending, ascending, then the list's own order again. */
export function nextSort<Column extends string>(
  current: SortChoice<Column> | null,
  column: Column,
): SortChoice<Column> | null {
  if (current?.column !== column) return { column, isDescending: true };
  return current.isDescending ? { column, isDescending: false } : null;
}

/** Rows without a value come last either way; equal rows keep the list's order. */
export function sortSymbols(
  symbols: readonly string[],
  choice: SortChoice | null,
  valueOf: (symbol: string, column: string) => number | string,
): readonly string[] {
  if (choice === null) return symbols;
  const sign = choice.isDescending ? -1 : 1;
  const keyed = symbols.map((symbol, index) => ({ symbol, index, value: valueOf(symbol, choice.column) }));
  keyed.sort((a, b) => {
    if (typeof a.value === 'string' || typeof b.value === 'string') {
      // Text reads A to Z on the first click, as people expect of names.
      return -sign * String(a.value).localeCompare(String(b.value)) || a.index - b.index;
    }
    const aMissing = Number.isNaN(a.value);
    const bMissing = Number.isNaN(b.value);
    if (aMissing || bMissing) return Number(aMissing) - Number(bMissing) || a.index - b.index;
    return sign * (a.value - b.value) || a.index - b.index;
  });
  return keyed.map(({ symbol }) => symbol);
}

/** Prices may move rows at most this often. */
export const RESORT_INTERVAL_MS = 4_000;
/** After a key press the rows keep still this long, so that the next press means the row that was seen. */
export const KEYBOARD_HOLD_MS = 5_000;

/** Whether rows may move now: never under the pointer or under the keyboard, and not all the time. */
export function mayResort(state: {
  readonly nowMs: number;
  readonly lastSortMs: number;
  readonly lastKeyMs: number;
  readonly isHovered: boolean;
}): boolean {
  if (state.isHovered) return false;
  if (state.nowMs - state.lastKeyMs < KEYBOARD_HOLD_MS) return false;
  return state.nowMs - state.lastSortMs >= RESORT_INTERVAL_MS;
}
