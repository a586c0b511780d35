import type { Header } from '@tanstack/react-table';
import type { KeyboardEvent, Ref } from 'react';
import type { SortChoice } from './sorted-order.ts';
import {
  COLUMN_LOOKS,
  type WatchlistColumn,
  type watchlistFeatures,
  type WatchlistRowData,
} from './watchlist-columns.tsx';
import styles from './watchlist.module.css';

type WatchlistHeaderModel = Header<typeof watchlistFeatures, WatchlistRowData>;

const RESIZE_STEP_PX = 8;

/** The headings. Arrows go along them, Enter sorts, Shift with an arrow sizes, Down and Escape go back to the rows. */
export function WatchlistHeader({
  ref,
  headers,
  width,
  sort,
  onSort,
  onReset,
  onResize,
  onLeave,
}: {
  readonly ref: Ref<HTMLDivElement>;
  readonly headers: readonly WatchlistHeaderModel[];
  readonly width: number;
  readonly sort: SortChoice<WatchlistColumn> | null;
  readonly onSort: (column: WatchlistColumn) => void;
  readonly onReset: (column: WatchlistColumn) => void;
  readonly onResize: (column: WatchlistColumn, width: number) => void;
  readonly onLeave: () => void;
}) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>, column: WatchlistColumn, columnWidth: number) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const { currentTarget } = event;
    if (step !== 0 && event.shiftKey) onResize(column, columnWidth + step * RESIZE_STEP_PX);
    else if (step !== 0) {
      const neighbour = step > 0 ? currentTarget.nextElementSibling : currentTarget.previousElementSibling;
      if (neighbour instanceof HTMLElement) neighbour.focus();
    } else if (event.key === 'Enter' || event.key === ' ') onSort(column);
    else if (event.key === 'Delete') onReset(column);
    else if (event.key === 'ArrowDown' || event.key === 'Escape') onLeave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={ref} role="row" aria-rowindex={1} className={styles['header']} style={{ width }}>
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
            tabIndex={-1}
            onKeyDown={(event) => onKeyDown(event, id, header.getSize())}
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
