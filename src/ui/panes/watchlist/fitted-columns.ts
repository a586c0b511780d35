import { COLUMN_LOOKS, WATCHLIST_COLUMNS, type WatchlistColumn } from './watchlist-columns.tsx';

/** What goes first when room is short stands last; what belongs together comes and goes together. */
const GROUPS: readonly (readonly WatchlistColumn[])[] = [
  ['symbol', 'last'],
  ['percent'],
  ['change'],
  ['trend'],
  ['volume'],
  ['bid', 'ask'],
  ['low', 'high'],
  ['name'],
];

/** Columns share spare room up to this much of their own width: wider ones are hard to follow along a row. */
const MOST_STRETCH = 1.4;

export interface FittedColumn {
  readonly id: WatchlistColumn;
  readonly width: number;
}

interface FitRequest {
  /** Pixels there are; 0 while not known. */
  readonly room: number;
  readonly hidden: readonly WatchlistColumn[];
  /** Widths set by hand, px: they are kept as they are. */
  readonly widths: Readonly<Partial<Record<WatchlistColumn, number>>>;
  /** The column the rows are sorted by; it stays, so that the order can be understood. */
  readonly sortedBy: WatchlistColumn | null;
}

/**
 * The columns that fit whole, in their order, with the room left over shared out. Symbol and last price are there however
 * little room there is.
 */
export function fitColumns({ room, hidden, widths, sortedBy }: FitRequest): readonly FittedColumn[] {
  const ownWidth = (id: WatchlistColumn) => widths[id] ?? COLUMN_LOOKS[id].size;
  const shown = new Set<WatchlistColumn>();
  let used = 0;
  const add = (group: readonly WatchlistColumn[]) => {
    const fresh = group.filter((id) => !shown.has(id) && (id === 'symbol' || !hidden.includes(id)));
    const width = fresh.reduce((sum, id) => sum + ownWidth(id), 0);
    if (shown.size > 0 && room > 0 && used + width > room) return false;
    for (const id of fresh) shown.add(id);
    used += width;
    return true;
  };
  const [first = [], ...others] = GROUPS;
  add(first);
  if (sortedBy !== null) add([sortedBy]);
  for (const group of others) if (!add(group)) break;

  const columns = WATCHLIST_COLUMNS.filter((id) => shown.has(id));
  const flexible = columns.filter((id) => widths[id] === undefined);
  // A company's name is the one text that is ever cut off: it takes what is left.
  const takers = flexible.includes('name') ? (['name'] as const) : flexible;
  const flexibleWidth = takers.reduce((sum, id) => sum + ownWidth(id), 0);
  const stretch = Math.max(1, Math.min(MOST_STRETCH, 1 + (room - used) / flexibleWidth));
  return columns.map((id) => ({
    id,
    width: (takers as readonly WatchlistColumn[]).includes(id) ? Math.floor(ownWidth(id) * stretch) : ownWidth(id),
  }));
}
