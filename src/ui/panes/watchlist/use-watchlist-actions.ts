import { useMemo } from 'react';
import { DATASET_WATCHLIST_ID, type Watchlist } from '../../../contract/index.ts';
import type { Terminal } from '../../data/terminal.ts';
import { useTerminal } from '../../data/terminal-context.tsx';
import { addSymbols, freeName, removeSymbol } from './watchlist-edit.ts';

type FileFormat = 'csv' | 'json';

export interface WatchlistActions {
  readonly change: (list: Watchlist) => void;
  readonly add: (list: Watchlist, symbols: readonly string[]) => void;
  readonly remove: (list: Watchlist, symbol: string) => void;
  /** Answers the id of the new list. */
  readonly create: () => Promise<string | null>;
  readonly rename: (list: Watchlist, name: string) => void;
  readonly deleteList: (list: Watchlist) => void;
  readonly moveList: (list: Watchlist, step: -1 | 1) => void;
  readonly exportLists: (lists: readonly Watchlist[], format: FileFormat) => void;
  readonly importFile: (file: File) => void;
}

/** Everything that can be done to lists. What takes something away can be taken back from its notice. */
export function useWatchlistActions(): WatchlistActions {
  const terminal = useTerminal();
  return useMemo(() => watchlistActions(terminal), [terminal]);
}

export function watchlistActions(
  terminal: Pick<Terminal, 'state' | 'notify' | 'attempt' | 'saveWatchlist' | 'takeWatchlists'>,
): WatchlistActions {
  const lists = () => terminal.state.getState().watchlists ?? [];
  const current = (id: string) => lists().find((list) => list.id === id);
  const isFixed = ({ id }: Watchlist): boolean => {
    if (id !== DATASET_WATCHLIST_ID) return false;
    terminal.notify({
      key: 'watchlist-fixed',
      level: 'info',
      text: 'This list shows what the replayed file holds. Make a list of your own to choose symbols.',
    });
    return true;
  };
  const change = (list: Watchlist) => {
    if (!isFixed(list)) void terminal.saveWatchlist(list);
  };
  return {
    change,
    add(shown, symbols) {
      // Symbols are looked up first, and the list may have changed since they were typed.
      const list = current(shown.id) ?? shown;
      const next = addSymbols(list, symbols);
      if (next === list) {
        terminal.notify({
          key: 'watchlist-add',
          level: 'info',
          text: `${symbols.join(', ')} is in ${list.name} already`,
        });
      } else change(next);
    },
    remove(shown, symbol) {
      // The row may be gone already: another desk has the same lists.
      const list = current(shown.id) ?? shown;
      if (isFixed(list) || !list.symbols.includes(symbol)) return;
      const following = list.symbols[list.symbols.indexOf(symbol) + 1];
      change(removeSymbol(list, symbol));
      terminal.notify({
        key: 'watchlist-remove',
        level: 'info',
        text: `${symbol} removed from ${list.name}`,
        action: {
          label: 'Undo',
          // Into the list as it is by then, so that an undo takes back this removal and nothing else.
          run: () => change(addSymbols(current(list.id) ?? list, [symbol], following)),
        },
      });
    },
    async create() {
      const list = { id: crypto.randomUUID(), name: freeName(lists(), 'New list'), symbols: [] };
      return (await terminal.saveWatchlist(list)) ? list.id : null;
    },
    rename(list, name) {
      const trimmed = name.trim().slice(0, 60);
      if (trimmed === '' || trimmed === list.name) return;
      const others = lists().filter(({ id }) => id !== list.id);
      change({ ...list, name: freeName(others, trimmed) });
    },
    deleteList(list) {
      const order = lists().map(({ id }) => id);
      const restore = async () => {
        if (!(await terminal.saveWatchlist(list))) return;
        await takeLists(terminal, 'The order was not restored', (requests) =>
          requests.watchlists.reorder({ ids: order }),
        );
      };
      const remove = async () => {
        const isRemoved = await takeLists(terminal, 'The list was not deleted', (requests) =>
          requests.watchlists.remove({ id: list.id }),
        );
        if (!isRemoved) return;
        terminal.notify({
          key: 'watchlist-delete',
          level: 'info',
          text: `List ${list.name} deleted`,
          action: { label: 'Undo', run: () => void restore() },
        });
      };
      void remove();
    },
    moveList(list, step) {
      const ids = lists().map(({ id }) => id);
      const from = ids.indexOf(list.id);
      const to = from + step;
      if (from < 0 || to < 0 || to >= ids.length) return;
      ids.splice(to, 0, ...ids.splice(from, 1));
      void takeLists(terminal, 'The lists were not reordered', (requests) => requests.watchlists.reorder({ ids }));
    },
    exportLists(chosen, format) {
      const run = async () => {
        const ids = chosen.map(({ id }) => id);
        const file = await terminal.attempt('The lists were not exported', (requests) =>
          requests.watchlists.exportText({ ids, format }),
        );
        if (file !== null) download(file.fileName, file.text, format);
      };
      void run();
    },
    importFile(file) {
      const run = async () => {
        const text = await file.text();
        const format = /\.json$/i.test(file.name) ? 'json' : 'csv';
        const name = file.name.replace(/\.[^.]+$/, '').slice(0, 60) || 'Imported';
        const answer = await terminal.attempt('The file was not imported', (requests) =>
          requests.watchlists.importText({ text, format, name }),
        );
        if (answer === null) return;
        terminal.takeWatchlists(answer.watchlists);
        terminal.notify(importNotice(file.name, answer.rejected));
      };
      void run();
    },
  };
}

async function takeLists(
  terminal: Pick<Terminal, 'attempt' | 'takeWatchlists'>,
  what: string,
  call: Parameters<typeof terminal.attempt<Watchlist[]>>[1],
): Promise<boolean> {
  const watchlists = await terminal.attempt(what, call);
  if (watchlists !== null) terminal.takeWatchlists(watchlists);
  return watchlists !== null;
}

function importNotice(fileName: string, rejected: readonly string[]) {
  if (rejected.length === 0) return { key: 'watchlist-import', level: 'info', text: `${fileName} imported` } as const;
  const shown = rejected.slice(0, 4).join(', ') + (rejected.length > 4 ? ` and ${rejected.length - 4} more` : '');
  return { key: 'watchlist-import', level: 'warning', text: `${fileName} imported, without ${shown}` } as const;
}

function download(fileName: string, text: string, format: FileFormat): void {
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
