import { type ColumnSizingState, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type DragEvent, type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Watchlist } from '../../../contract/index.ts';
import { latinKey } from '../../commands/key-text.ts';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import { useShell } from '../../layout/workspace-context.tsx';
import { fitColumns } from './fitted-columns.ts';
import { nextSort, type SortChoice } from './sorted-order.ts';
import type { SparklineStore } from './sparkline-store.ts';
import { type SortHold, useSortedSymbols } from './use-sorted-symbols.ts';
import { useWidth } from '../../components/use-width.ts';
import {
  COLUMN_LOOKS,
  MAX_COLUMN_WIDTH,
  MIN_COLUMN_WIDTH,
  WATCHLIST_COLUMNS,
  type WatchlistColumn,
  watchlistColumns,
  watchlistFeatures,
  type WatchlistRowData,
} from './watchlist-columns.tsx';
import { moveSymbolBefore, nudgeSymbol } from './watchlist-edit.ts';
import { WatchlistHeader } from './watchlist-header.tsx';
import { WatchlistRow } from './watchlist-row.tsx';
import styles from './watchlist.module.css';

const ROW_HEIGHT = 22;
const DRAG_TYPE = 'application/x-tapedeck-symbol';
const SIZING_SAVE_DELAY_MS = 400;
/** The table model knows columns only; rows come from the sorted symbols. */
const NO_ROWS: WatchlistRowData[] = [];

interface GridProps {
  readonly list: Watchlist;
  readonly sort: SortChoice<WatchlistColumn> | null;
  readonly widths: ColumnSizingState;
  readonly hidden: readonly WatchlistColumn[];
  readonly sparklines: SparklineStore;
  readonly onSort: (sort: SortChoice<WatchlistColumn> | null) => void;
  readonly onWidths: (widths: ColumnSizingState) => void;
  readonly onChange: (list: Watchlist) => void;
  readonly onRemove: (symbol: string) => void;
}

export function WatchlistGrid(props: GridProps) {
  const { list, sort, widths, hidden, sparklines, onSort, onWidths, onChange, onRemove } = props;
  const terminal = useTerminal();
  const shell = useShell();
  const shownSymbol = useTerminalState(({ symbol }) => symbol);
  const [selected, setSelected] = useState<string | null>(null);
  const [drop, setDrop] = useState<{ readonly symbol: string; readonly side: 'above' | 'below' } | null>(null);
  const hold = useRef<SortHold>({ isHovered: false, lastKeyMs: Number.NEGATIVE_INFINITY });
  const scroller = useRef<HTMLDivElement>(null);
  const gridId = useId();
  const symbols = useSortedSymbols(list.symbols, sort, hold);

  const [sizing, setSizing] = useState<ColumnSizingState>(widths);
  useEffect(() => {
    if (sizing === widths) return undefined;
    const timer = setTimeout(() => onWidths(sizing), SIZING_SAVE_DELAY_MS);
    return () => clearTimeout(timer);
  }, [sizing, widths, onWidths]);
  const room = useWidth(scroller);
  const sortedBy = sort?.column ?? null;
  const columns = useMemo(
    () => fitColumns({ room, hidden, widths: sizing, sortedBy }),
    [room, hidden, sizing, sortedBy],
  );
  const fitted = useMemo(() => Object.fromEntries(columns.map(({ id, width }) => [id, width])), [columns]);
  const resize = (column: WatchlistColumn, width: number) =>
    setSizing((known) => ({ ...known, [column]: Math.max(MIN_COLUMN_WIDTH, Math.min(MAX_COLUMN_WIDTH, width)) }));
  const table = useTable({
    features: watchlistFeatures,
    columns: watchlistColumns,
    data: NO_ROWS,
    columnResizeMode: 'onChange',
    state: {
      columnSizing: fitted,
      columnVisibility: Object.fromEntries(WATCHLIST_COLUMNS.map((id) => [id, fitted[id] !== undefined])),
    },
    onColumnSizingChange: (change) => {
      const next = typeof change === 'function' ? change(fitted) : change;
      for (const { id, width } of columns) if (next[id] !== undefined && next[id] !== width) resize(id, next[id]);
    },
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const totalWidth = table.getTotalSize();

  // Only this component calls what it returns, and nothing here is memoised by a compiler.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: symbols.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    // The header is inside the scroller and stays at its top.
    paddingStart: ROW_HEIGHT,
    scrollPaddingStart: ROW_HEIGHT,
    useFlushSync: false,
  });
  const rows = virtualizer.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? -1;
  useEffect(() => {
    for (const symbol of symbols.slice(first, last + 1)) terminal.instruments.want(symbol);
  }, [terminal, symbols, first, last]);

  const select = useCallback(
    (symbol: string) => {
      setSelected(symbol);
      terminal.showSymbol(symbol);
    },
    [terminal],
  );
  const open = useCallback((symbol: string) => shell.show('GP', symbol), [shell]);
  const selectAt = (index: number) => {
    const symbol = symbols[Math.max(0, Math.min(symbols.length - 1, index))];
    if (symbol === undefined) return;
    select(symbol);
    virtualizer.scrollToIndex(symbols.indexOf(symbol));
  };

  const header = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    hold.current.lastKeyMs = performance.now();
    if (header.current?.contains(event.target as Node) === true) return;
    const at = selected === null ? -1 : symbols.indexOf(selected);
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2);
    const letter = latinKey(event);
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      if (selected !== null) {
        onSort(null);
        onChange(nudgeSymbol(list, selected, event.key === 'ArrowUp' ? -1 : 1));
      }
    } else if (!isPlain) return;
    else if (event.key === 'ArrowDown' || letter === 'J') selectAt(at + 1);
    else if (event.key === 'ArrowUp' || letter === 'K') selectAt(at < 0 ? 0 : at - 1);
    else if (event.key === 'PageDown') selectAt(at + pageRows);
    else if (event.key === 'PageUp') selectAt(at - pageRows);
    else if (event.key === 'Home') selectAt(0);
    else if (event.key === 'End') selectAt(symbols.length - 1);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const heading = header.current?.querySelector<HTMLElement>('[aria-sort$="ending"]') ?? header.current?.firstChild;
      if (heading instanceof HTMLElement) heading.focus();
    } else if (event.key === 'Enter' && selected !== null) open(selected);
    else if ((event.key === 'Delete' || event.key === 'Backspace') && selected !== null) {
      const next = symbols[at + 1] ?? symbols[at - 1] ?? null;
      onRemove(selected);
      setSelected(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const onDragStart = useCallback((symbol: string, event: DragEvent) => {
    event.dataTransfer.setData(DRAG_TYPE, symbol);
    event.dataTransfer.effectAllowed = 'move';
  }, []);
  const onDragOver = (event: DragEvent<HTMLDivElement>) => {
    if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'move';
    const bounds = event.currentTarget.getBoundingClientRect();
    const place = (event.clientY - bounds.top + event.currentTarget.scrollTop - ROW_HEIGHT) / ROW_HEIGHT;
    const symbol = symbols[Math.max(0, Math.min(symbols.length - 1, Math.floor(place)))];
    if (symbol === undefined) return;
    const side = place - Math.floor(place) > 0.5 || place >= symbols.length ? 'below' : 'above';
    if (drop?.symbol !== symbol || drop.side !== side) setDrop({ symbol, side });
  };
  const onDrop = (event: DragEvent) => {
    const dragged = event.dataTransfer.getData(DRAG_TYPE);
    setDrop(null);
    if (dragged === '' || drop === null) return;
    event.preventDefault();
    // What is on screen becomes the list's own order, else the drop would land somewhere else.
    const shown = { ...list, symbols: [...symbols] };
    const target = drop.side === 'above' ? drop.symbol : (symbols[symbols.indexOf(drop.symbol) + 1] ?? null);
    onSort(null);
    onChange(moveSymbolBefore(shown, dragged, target));
  };

  return (
    <div
      ref={scroller}
      className={styles['grid']}
      role="grid"
      aria-label={`Watchlist ${list.name}`}
      aria-rowcount={symbols.length + 1}
      aria-activedescendant={selected === null ? undefined : `${gridId}${selected}`}
      tabIndex={0}
      data-pane-focus
      onKeyDown={onKeyDown}
      onPointerEnter={() => {
        hold.current.isHovered = true;
      }}
      onPointerLeave={() => {
        hold.current.isHovered = false;
      }}
      onDragOver={onDragOver}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDrop(null);
      }}
      onDrop={onDrop}
    >
      <WatchlistHeader
        ref={header}
        headers={headers}
        width={totalWidth}
        sort={sort}
        onSort={(column) => {
          if (COLUMN_LOOKS[column].isSortable) onSort(nextSort(sort, column));
        }}
        onReset={(column) => setSizing(({ [column]: _dropped, ...others }) => others)}
        onResize={resize}
        onLeave={() => scroller.current?.focus()}
      />
      <div
        role="rowgroup"
        className={styles['body']}
        style={{ width: totalWidth, height: virtualizer.getTotalSize() - ROW_HEIGHT }}
      >
        {rows.map((row) => {
          const symbol = symbols[row.index];
          if (symbol === undefined) return null;
          return (
            <WatchlistRow
              key={symbol}
              rowId={`${gridId}${symbol}`}
              symbol={symbol}
              index={row.index}
              top={row.start - ROW_HEIGHT}
              columns={columns}
              isSelected={symbol === selected}
              isShown={symbol === shownSymbol}
              dropSide={drop?.symbol === symbol ? drop.side : null}
              sparklines={sparklines}
              onSelect={select}
              onOpen={open}
              onDragStart={onDragStart}
            />
          );
        })}
      </div>
    </div>
  );
}
