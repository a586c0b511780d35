import type { ColumnSizingState } from '@tanstack/react-table';
import { Columns3, Ellipsis, List } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Watchlist } from '../../../contract/index.ts';
import { Button, Menu, PaneState, Toolbar } from '../../components/controls.tsx';
import { datasetWatchlist } from '../../data/terminal.ts';
import { useConnectionEpoch, useTerminal, useTerminalState } from '../../data/terminal-context.tsx';
import type { PaneDefinition, PaneProps } from '../../layout/pane.ts';
import { AddSymbol } from './add-symbol.tsx';
import { ListTabs } from './list-tabs.tsx';
import type { SortChoice } from './sorted-order.ts';
import { SparklineStore } from './sparkline-store.ts';
import { useWatchlistActions } from './use-watchlist-actions.ts';
import { COLUMN_LOOKS, WATCHLIST_COLUMNS, type WatchlistColumn } from './watchlist-columns.tsx';
import { readWatchlistConfig } from './watchlist-config.ts';
import { WatchlistGrid } from './watchlist-grid.tsx';

const SPARKLINE_POINTS = 60;
const SPARKLINE_REFRESH_MS = 10_000;

export const watchlistPane: PaneDefinition = {
  code: 'W',
  name: 'Watchlist',
  description: 'Prices of your lists',
  icon: List,
  takesSymbol: false,
  component: WatchlistPane,
};

function WatchlistPane({ config: savedConfig, saveConfig }: PaneProps) {
  const terminal = useTerminal();
  const actions = useWatchlistActions();
  const lists = useTerminalState(({ watchlists }) => watchlists);
  const lastActive = useTerminalState(({ settings }) => settings?.activeWatchlist ?? null);
  const connection = useTerminalState((state) => state.connection);
  const epoch = useConnectionEpoch();
  const dataset = useTerminalState(({ status }) => status?.dataset);
  const [config, setConfig] = useState(() => readWatchlistConfig(savedConfig));
  /** A replay opens on its own list every time, and leaves alone which list is shown without it. */
  const [chosenInReplay, setChosenInReplay] = useState<string | null>(null);
  const [resets, setResets] = useState(0);
  const [renamingId, setRenamingId] = useState<string | null>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const sparklines = useMemo(
    () =>
      new SparklineStore((symbols) => terminal.requests().candles.sparklines({ symbols, points: SPARKLINE_POINTS })),
    // Lines of another dataset must not stand beside prices of this one.
    // oxlint-disable-next-line react/exhaustive-deps
    [terminal, dataset],
  );
  const update = (change: Partial<typeof config>) => {
    const next = { ...config, ...change };
    setConfig(next);
    saveConfig(next);
  };

  const replayed = datasetWatchlist(lists);
  const wantedIds = replayed === null ? [config.listId, lastActive] : [chosenInReplay];
  const list = firstKnown(lists ?? [], wantedIds) ?? lists?.[0] ?? null;
  const isEditable = list !== null && list !== replayed;
  const symbols = list?.symbols;
  useEffect(() => {
    if (symbols === undefined) return undefined;
    return terminal.feed.watchSymbols(symbols);
  }, [terminal, symbols]);
  useEffect(() => {
    if (symbols === undefined || epoch === null) return undefined;
    // Little charts are an ornament: what can't be had now comes with the next round.
    const refresh = () => void sparklines.refresh(symbols).catch(() => undefined);
    refresh();
    const timer = setInterval(refresh, SPARKLINE_REFRESH_MS);
    return () => clearInterval(timer);
  }, [sparklines, symbols, epoch]);

  const choose = (listId: string) => {
    setChosenInReplay(listId);
    if (replayed !== null) return;
    update({ listId });
    void terminal.updateSettings({ activeWatchlist: listId });
  };
  const create = async () => {
    const id = await actions.create();
    if (id === null) return;
    choose(id);
    setRenamingId(id);
  };

  if (lists === null) {
    return (
      <PaneState title={connection.phase === 'open' ? 'Reading your lists…' : 'Waiting for the host'}>
        {connection.phase !== 'open' && <p>Lists and prices appear once it is connected.</p>}
      </PaneState>
    );
  }
  const own = lists.filter((one) => one !== replayed);
  return (
    <>
      <Toolbar label="Lists">
        <ListTabs
          lists={lists}
          activeId={list?.id ?? null}
          renamingId={renamingId}
          onChoose={choose}
          onRename={actions.rename}
          onRenaming={setRenamingId}
          onCreate={() => void create()}
        />
        <Menu
          label="Columns"
          trigger={<Columns3 size={13} aria-hidden />}
          entries={[
            { heading: 'As far as there is room' },
            ...WATCHLIST_COLUMNS.filter((column) => column !== 'symbol').map((column) => ({
              label: COLUMN_LOOKS[column].description,
              isChecked: !config.hidden.includes(column),
              run: () => update({ hidden: toggled(config.hidden, column) }),
            })),
            'line',
            {
              label: 'Reset columns',
              run: () => {
                update({ widths: {}, hidden: [], sort: null });
                setResets((count) => count + 1);
              },
            },
          ]}
        />
        <Menu
          label="List menu"
          trigger={<Ellipsis size={14} aria-hidden />}
          entries={[
            { label: 'New list', run: () => void create() },
            ...(list === null
              ? []
              : [
                  { label: 'Rename', keys: 'F2', isDisabled: !isEditable, run: () => setRenamingId(list.id) },
                  {
                    label: 'Move left',
                    isDisabled: !isEditable || own[0]?.id === list.id,
                    run: () => actions.moveList(list, -1),
                  },
                  {
                    label: 'Move right',
                    isDisabled: !isEditable || own.at(-1)?.id === list.id,
                    run: () => actions.moveList(list, 1),
                  },
                  { label: 'Delete', isDisabled: !isEditable, run: () => actions.deleteList(list) },
                  'line' as const,
                  { label: 'Export as CSV', run: () => actions.exportLists([list], 'csv') },
                  { label: 'Export as JSON', run: () => actions.exportLists([list], 'json') },
                  { label: 'Export all as JSON', run: () => actions.exportLists(lists, 'json') },
                ]),
            { label: 'Import CSV or JSON…', run: () => fileInput.current?.click() },
          ]}
        />
        <input
          ref={fileInput}
          type="file"
          hidden
          aria-label="Import lists"
          accept=".csv,.json,.txt"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) actions.importFile(file);
            event.target.value = '';
          }}
        />
      </Toolbar>
      {isEditable && <AddSymbol onAdd={(added) => actions.add(list, added)} />}
      {list === null && (
        <PaneState title="No watchlist yet">
          <Button look="primary" onClick={() => void create()}>
            New list
          </Button>
        </PaneState>
      )}
      {list?.symbols.length === 0 &&
        (isEditable ? (
          <PaneState title={`${list.name} is empty`}>
            <p>Type a ticker above, or paste several: AAPL, MSFT, NVDA.</p>
          </PaneState>
        ) : (
          <PaneState title={`Waiting for the first price of ${list.name}`} />
        ))}
      {list !== null && list.symbols.length > 0 && (
        <WatchlistGrid
          key={`${list.id} ${resets}`}
          list={list}
          sort={config.sort}
          widths={config.widths}
          hidden={config.hidden}
          sparklines={sparklines}
          onSort={(sort: SortChoice<WatchlistColumn> | null) => update({ sort })}
          onWidths={(widths: ColumnSizingState) => update({ widths })}
          onChange={actions.change}
          onRemove={(symbol) => actions.remove(list, symbol)}
        />
      )}
    </>
  );
}

function firstKnown(lists: readonly Watchlist[], ids: readonly (string | null)[]): Watchlist | null {
  for (const id of ids) {
    const list = lists.find((one) => one.id === id);
    if (list !== undefined) return list;
  }
  return null;
}

function toggled(hidden: readonly WatchlistColumn[], column: WatchlistColumn): WatchlistColumn[] {
  return hidden.includes(column) ? hidden.filter((other) => other !== column) : [...hidden, column];
}
