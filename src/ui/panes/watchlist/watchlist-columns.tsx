import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
} from '@tanstack/react-table';
import type { TickStore } from '../../data/tick-store.ts';

export const watchlistFeatures = tableFeatures({ columnSizingFeature, columnResizingFeature, columnVisibilityFeature });

export interface WatchlistRowData {
  readonly symbol: string;
}

export const WATCHLIST_COLUMNS = [
  'symbol',
  'last',
  'change',
  'percent',
  'trend',
  'bid',
  'ask',
  'volume',
  'low',
  'high',
  'name',
] as const;
export type WatchlistColumn = (typeof WATCHLIST_COLUMNS)[number];

export const MIN_COLUMN_WIDTH = 44;
export const MAX_COLUMN_WIDTH = 420;

interface ColumnLook {
  readonly title: string;
  readonly description: string;
  readonly size: number;
  readonly align: 'left' | 'right';
  readonly isSortable: boolean;
}

export const COLUMN_LOOKS: Readonly<Record<WatchlistColumn, ColumnLook>> = {
  symbol: { title: 'Symbol', description: 'Symbol', size: 84, align: 'left', isSortable: true },
  last: { title: 'Last', description: 'Last price', size: 70, align: 'right', isSortable: true },
  change: { title: 'Chg', description: 'Change since the previous close', size: 60, align: 'right', isSortable: true },
  percent: { title: 'Chg%', description: 'Change in percent', size: 70, align: 'right', isSortable: true },
  trend: { title: 'Trend', description: 'The last hour', size: 56, align: 'left', isSortable: false },
  bid: { title: 'Bid', description: 'Best bid', size: 70, align: 'right', isSortable: true },
  ask: { title: 'Ask', description: 'Best ask', size: 70, align: 'right', isSortable: true },
  volume: { title: 'Vol', description: 'Volume today', size: 52, align: 'right', isSortable: true },
  low: { title: 'Low', description: 'Low of the day', size: 70, align: 'right', isSortable: true },
  high: { title: 'High', description: 'High of the day', size: 70, align: 'right', isSortable: true },
  name: { title: 'Name', description: 'Company', size: 160, align: 'left', isSortable: true },
};

const helper = createColumnHelper<typeof watchlistFeatures, WatchlistRowData>();

/** The model of columns and widths; cells draw themselves from the tick store, so no accessor reads a price. */
export const watchlistColumns = helper.columns(
  WATCHLIST_COLUMNS.map((id) =>
    helper.display({
      id,
      header: COLUMN_LOOKS[id].title,
      size: COLUMN_LOOKS[id].size,
      minSize: MIN_COLUMN_WIDTH,
      maxSize: MAX_COLUMN_WIDTH,
    }),
  ),
);

/** Change since the previous close; since the open where the feed gives no close. NaN while unknown. */
export function changeOf(ticks: TickStore, slot: number): { readonly change: number; readonly percent: number } {
  const last = ticks.value(slot, 'last');
  const previousClose = ticks.value(slot, 'previousClose');
  const from = Number.isNaN(previousClose) ? ticks.value(slot, 'open') : previousClose;
  const change = last - from;
  return { change, percent: from > 0 ? (change / from) * 100 : Number.NaN };
}

/** What a column sorts by. */
export function sortValue(ticks: TickStore, symbol: string, column: string, name: string): number | string {
  const slot = ticks.slotOf(symbol);
  switch (column) {
    case 'symbol':
      return symbol;
    case 'name':
      return name;
    case 'change':
      return changeOf(ticks, slot).change;
    case 'percent':
      return changeOf(ticks, slot).percent;
    case 'last':
    case 'bid':
    case 'ask':
    case 'volume':
    case 'low':
    case 'high':
      return ticks.value(slot, column);
    default:
      return Number.NaN;
  }
}
