import { type DragEvent, memo, useCallback, useSyncExternalStore } from 'react';
import { PhaseCode, type SessionInfo } from '../../../contract/index.ts';
import { quotedDecimals } from '../../../market/index.ts';
import type { FlashingColumn, TickStore } from '../../data/tick-store.ts';
import { useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import {
  directionArrow,
  formatCompact,
  formatPercent,
  formatPrice,
  formatSigned,
  shownDirection,
} from '../../format/numbers.ts';
import { formatAge } from '../../format/times.ts';
import type { FittedColumn } from './fitted-columns.ts';
import { Sparkline } from './sparkline.tsx';
import type { SparklineStore } from './sparkline-store.ts';
import { changeOf, COLUMN_LOOKS, type WatchlistColumn } from './watchlist-columns.tsx';
import styles from './watchlist.module.css';

interface RowProps {
  readonly symbol: string;
  readonly index: number;
  readonly top: number;
  readonly columns: readonly FittedColumn[];
  readonly isSelected: boolean;
  readonly isShown: boolean;
  readonly dropSide: 'above' | 'below' | null;
  readonly sparklines: SparklineStore;
  readonly onSelect: (symbol: string) => void;
  readonly onOpen: (symbol: string) => void;
  readonly onDragStart: (symbol: string, event: DragEvent) => void;
  readonly rowId: string;
}

/** One symbol. Only this row is drawn again when its numbers change, at most once an animation frame. */
export const WatchlistRow = memo(function WatchlistRow(props: RowProps) {
  const { symbol, columns } = props;
  const { ticks } = useTerminal();
  const slot = ticks.slotOf(symbol);
  useSyncExternalStore(
    useCallback((onChange) => ticks.subscribe(slot, onChange), [ticks, slot]),
    () => ticks.version(slot),
  );
  const priceDecimals = useTerminalState(({ instruments }) => instruments[symbol]?.priceDecimals);
  const name = useTerminalState(({ instruments }) => instruments[symbol]?.name ?? '');
  const decimals = quotedDecimals(ticks.value(slot, 'last'), priceDecimals);
  const isStale = ticks.isStale(slot);
  const className = [
    styles['row'],
    props.isSelected ? styles['selected'] : '',
    props.isShown ? styles['shown'] : '',
    isStale ? styles['stale'] : '',
    props.dropSide === 'above' ? styles['dropAbove'] : '',
    props.dropSide === 'below' ? styles['dropBelow'] : '',
  ];
  return (
    <div
      id={props.rowId}
      role="row"
      className={className.filter(Boolean).join(' ')}
      style={{ transform: `translateY(${props.top}px)` }}
      aria-rowindex={props.index + 2}
      aria-selected={props.isSelected}
      data-symbol={symbol}
      draggable
      onDragStart={(event) => props.onDragStart(symbol, event)}
      onPointerDown={(event) => {
        if (event.button === 0) props.onSelect(symbol);
      }}
      onDoubleClick={() => props.onOpen(symbol)}
    >
      {columns.map(({ id, width }) => (
        <div
          key={id}
          role="gridcell"
          className={cellClass(ticks, slot, id, decimals)}
          style={{ width }}
          data-column={id}
          title={id === 'symbol' || id === 'name' ? name : undefined}
        >
          {id === 'symbol' && (
            <>
              <span className={styles['ticker']}>{symbol}</span>
              <RowBadge slot={slot} isStale={isStale} />
            </>
          )}
          {id === 'trend' && <Sparkline symbol={symbol} width={width - 12} store={props.sparklines} />}
          {id !== 'symbol' && id !== 'trend' && cellText(ticks, slot, id, decimals, name)}
        </div>
      ))}
    </div>
  );
});

function cellText(ticks: TickStore, slot: number, column: WatchlistColumn, decimals: number, name: string): string {
  switch (column) {
    case 'last':
    case 'bid':
    case 'ask':
    case 'low':
    case 'high':
      return formatPrice(ticks.value(slot, column), decimals);
    case 'change':
      return formatSigned(changeOf(ticks, slot).change, decimals);
    case 'percent': {
      const { percent } = changeOf(ticks, slot);
      return `${directionArrow(shownDirection(percent, 2))}${formatPercent(percent)}`;
    }
    case 'volume':
      return formatCompact(ticks.value(slot, 'volume'));
    case 'name':
      return name;
    default:
      return '';
  }
}

function cellClass(ticks: TickStore, slot: number, column: WatchlistColumn, decimals: number): string {
  const parts = [styles['cell'], COLUMN_LOOKS[column].align === 'right' ? styles['right'] : ''];
  if (column === 'change' || column === 'percent') {
    const direction = shownDirection(changeOf(ticks, slot)[column], column === 'percent' ? 2 : decimals);
    if (direction > 0) parts.push(styles['up']);
    else if (direction < 0) parts.push(styles['down']);
  }
  if (column === 'last' || column === 'bid' || column === 'ask') parts.push(flashClass(ticks, slot, column));
  if (column === 'last') parts.push(styles['strong']);
  if (column === 'bid' || column === 'ask' || column === 'low' || column === 'high' || column === 'name') {
    parts.push(styles['quiet']);
  }
  return parts.filter(Boolean).join(' ');
}

function flashClass(ticks: TickStore, slot: number, column: FlashingColumn): string | undefined {
  const flash = ticks.flash(slot, column);
  if (flash === 0) return undefined;
  return flash > 0 ? styles['flashUp'] : styles['flashDown'];
}

const PHASE_BADGES: Readonly<Record<SessionInfo['phase'], string>> = {
  pre: 'PRE',
  open: '',
  post: 'POST',
  closed: 'CLSD',
};

/** Halted before stale before the session: what a reader must know first. */
function RowBadge({ slot, isStale }: { readonly slot: number; readonly isStale: boolean }) {
  const terminal = useTerminal();
  const phase = useTerminalState(({ status }) => status?.session.phase ?? 'open');
  const trading = terminal.ticks.value(slot, 'phase');
  if (trading === PhaseCode.halted) return <span className={styles['halted']}>HALT</span>;
  if (isStale) {
    const ageMs = terminal.hostNow() - terminal.ticks.newsMs(slot);
    return (
      <span className={styles['staleBadge']} title="No news for this long">
        {Number.isNaN(ageMs) ? '—' : formatAge(ageMs)}
      </span>
    );
  }
  const badge = PHASE_BADGES[phase];
  return badge === '' ? null : <span className={styles['phase']}>{badge}</span>;
}
