import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { latinKey } from '../commands/key-text.ts';
import styles from './record-table.module.css';
import { useWidth } from './use-width.ts';

export interface RecordColumn<T> {
  readonly id: string;
  readonly title: string;
  /** A track of a CSS grid: `70px`, `minmax(0, 1fr)`. */
  readonly track: string;
  readonly isNumber?: boolean;
  /** The column is there from this width of the table on, px. */
  readonly fromWidth?: number;
  readonly cell: (row: T) => ReactNode;
  /** The whole text, where the cell may cut it. */
  readonly hint?: (row: T) => string;
}

interface RecordTableProps<T> {
  readonly label: string;
  readonly columns: readonly RecordColumn<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Dims a row that is done with. */
  readonly isQuiet?: (row: T) => boolean;
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
  readonly onOpen?: (row: T) => void;
  /** Keys other than those that move the selection; true where it was one of the caller's. */
  readonly onKey?: (event: KeyboardEvent, letter: string | null) => boolean;
  /** The last rows come into sight. */
  readonly onEnd?: () => void;
}

const ROW_HEIGHT = 22;
const NEAR_THE_END = 30;

/** Rows of one kind under headings, only those in sight drawn: a hundred thousand are as quick as ten. */
export function RecordTable<T>(props: RecordTableProps<T>) {
  const { label, rows, keyOf, selected, onSelect, onOpen, onKey, onEnd, isQuiet } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const tableId = useId();
  const width = useWidth(scroller);
  const columns = props.columns.filter(({ fromWidth = 0 }) => width >= fromWidth);
  const gridTemplateColumns = columns.map(({ track }) => track).join(' ');
  // Only this component calls what it returns, and nothing here is memoised by a compiler.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    paddingStart: ROW_HEIGHT,
    scrollPaddingStart: ROW_HEIGHT,
    useFlushSync: false,
  });
  const shown = virtualizer.getVirtualItems();
  const isAtEnd = (shown.at(-1)?.index ?? 0) >= rows.length - NEAR_THE_END;
  useEffect(() => {
    if (isAtEnd && rows.length > 0) onEnd?.();
  }, [isAtEnd, rows.length, onEnd]);

  const selectedAt = selected === null ? -1 : rows.findIndex((row) => keyOf(row) === selected);
  const lastSelectedAt = useRef(-1);
  useEffect(() => {
    if (selectedAt >= 0 || selected === null) lastSelectedAt.current = selectedAt;
  }, [selectedAt, selected]);
  /** Where the keys go on from: between its neighbours where the selected row has left the list. */
  const from = () => (selectedAt >= 0 || selected === null ? selectedAt : lastSelectedAt.current - 0.5);
  const selectAt = (index: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[at];
    if (row === undefined) return;
    onSelect(keyOf(row));
    virtualizer.scrollToIndex(at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const letter = latinKey(event);
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2);
    const row = rows[selectedAt];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowDown' || letter === 'J') selectAt(Math.floor(from()) + 1);
    else if (event.key === 'ArrowUp' || letter === 'K') selectAt(Math.ceil(from()) - 1);
    else if (event.key === 'PageDown') selectAt(Math.floor(from()) + pageRows);
    else if (event.key === 'PageUp') selectAt(Math.ceil(from()) - pageRows);
    else if (event.key === 'Home') selectAt(0);
    else if (event.key === 'End') selectAt(rows.length - 1);
    else if (event.key === 'Enter' && row !== undefined && onOpen !== undefined) onOpen(row);
    else if (onKey?.(event, letter) !== true) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={scroller}
      className={styles['table']}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={selectedAt < 0 ? undefined : `${tableId}${selected ?? ''}`}
      tabIndex={0}
      data-pane-focus
      onKeyDown={onKeyDown}
    >
      <div role="row" aria-rowindex={1} className={styles['head']} style={{ gridTemplateColumns }}>
        {columns.map(({ id, title, isNumber }) => (
          <span key={id} role="columnheader" className={isNumber === true ? styles['number'] : undefined}>
            {title}
          </span>
        ))}
      </div>
      <div role="rowgroup" className={styles['body']} style={{ height: virtualizer.getTotalSize() - ROW_HEIGHT }}>
        {shown.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const key = keyOf(row);
          return (
            <div
              key={key}
              id={`${tableId}${key}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={key === selected}
              data-key={key}
              className={`${styles['row']} ${isQuiet?.(row) === true ? styles['quiet'] : ''}`}
              style={{ gridTemplateColumns, transform: `translateY(${start - ROW_HEIGHT}px)` }}
              onClick={() => onSelect(key)}
              onDoubleClick={() => onOpen?.(row)}
            >
              {columns.map(({ id, isNumber, cell, hint }) => (
                <span
                  key={id}
                  role="gridcell"
                  data-column={id}
                  title={hint?.(row)}
                  className={isNumber === true ? styles['number'] : undefined}
                >
                  {cell(row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
