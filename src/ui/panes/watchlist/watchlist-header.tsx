import type { Header } from '@tanstack/react-table';
import type { SortChoice } from './sorted-order.ts';
import {
  COLUMN_LOOKS,
  type WatchlistColumn,
  type watchlistFeatures,
  type WatchlistRowData,
} from './watchlist-columns.tsx';
import styles from './watchlist.module.css';

type WatchlistHeaderModel = Header<typeof watchlistFeatures, WatchlistRowData>;

export function WatchlistHeader({
  headers,
  width,
  sort,
  onSort,
  onReset,
}: {
  readonly headers: readonly WatchlistHeaderModel[];
  readonly width: number;
  readonly sort: SortChoice<WatchlistColumn> | null;
  readonly onSort: (column: WatchlistColumn) => void;
  readonly onReset: (column: WatchlistColumn) => void;
}) {
  return (
    <div role="row" aria-rowindex={1} className={styles['header']} style={{ width }}>
      {headers.map((header) => {
        const id = header.id as WatchlistColumn;
        const look = COLUMN_LOOKS[id];
        const direction = sort?.column === id ? (sort.isDescending ? 'descending' : 'ascending') : 'none';
        return (
          <div
            key={id}
            role="columnheader"
            aria-sort={look.isSortable ? direction : undefined}
            title={look.description}
            className={[styles['heading'], look.align === 'right' ? styles['right'] : ''].filter(Boolean).join(' ')}
            style={{ width: header.getSize() }}
          >
            {look.isSortable ? (
              <button type="button" tabIndex={-1} className={styles['sortButton']} onClick={() => onSort(id)}>
                {look.title}
                {direction !== 'none' && <span aria-hidden>{direction === 'descending' ? ' ↓' : ' ↑'}</span>}
              </button>
            ) : (
              look.title
            )}
            <span
              className={styles['resizer']}
              aria-hidden
              onMouseDown={header.getResizeHandler()}
              onTouchStart={header.getResizeHandler()}
              onDoubleClick={() => onReset(id)}
            />
          </div>
        );
      })}
    </div>
  );
}
