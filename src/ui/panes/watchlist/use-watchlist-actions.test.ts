import { expect, test } from 'vitest';
import { createStore } from 'zustand/vanilla';
import type { Watchlist } from '../../../contract/index.ts';
import type { Notice } from '../../data/terminal.ts';
import { INITIAL_STATE } from '../../data/terminal-state.ts';
import { watchlistActions } from './use-watchlist-actions.ts';

/** A terminal that saves what it is told to at once. */
function harness(list: Watchlist) {
  const state = createStore(() => ({ ...INITIAL_STATE, watchlists: [list] as readonly Watchlist[] | null }));
  const notices: Notice[] = [];
  const actions = watchlistActions({
    state,
    notify: (notice) => void notices.push(notice),
    attempt: () => Promise.resolve(null),
    saveWatchlist: (saved) => {
      state.setState({ watchlists: [saved] });
      return Promise.resolve(true);
    },
    takeWatchlists: (watchlists) => state.setState({ watchlists }),
  });
  return { actions, notices, symbols: () => state.getState().watchlists?.[0]?.symbols };
}

test('symbols go into the list as it is when they have been looked up, not as it was when they were typed', () => {
  const typedInto = { id: 'a', name: 'Tech', symbols: ['AAPL', 'IBM'] };
  const { actions, symbols } = harness(typedInto);
  actions.add(typedInto, ['MSFT']);
  actions.remove({ ...typedInto, symbols: ['AAPL', 'IBM', 'MSFT'] }, 'IBM');
  actions.add(typedInto, ['NVDA']);
  expect(symbols()).toEqual(['AAPL', 'MSFT', 'NVDA']);
});

test('a symbol that has left the list is not removed once more, which an undo would bring back', () => {
  const list = { id: 'a', name: 'Tech', symbols: ['AAPL', 'IBM'] };
  const { actions, notices, symbols } = harness(list);
  actions.remove({ ...list, symbols: ['AAPL', 'IBM', 'MSFT'] }, 'MSFT');
  expect(notices).toEqual([]);
  expect(symbols()).toEqual(['AAPL', 'IBM']);
});

test('undo of a removal puts the symbol back where it was and keeps what was added since', () => {
  const list = { id: 'a', name: 'Tech', symbols: ['AAPL', 'IBM', 'MSFT'] };
  const { actions, notices, symbols } = harness(list);
  actions.remove(list, 'IBM');
  actions.add(list, ['NVDA']);
  notices.find(({ key }) => key === 'watchlist-remove')?.action?.run();
  expect(symbols()).toEqual(['AAPL', 'IBM', 'MSFT', 'NVDA']);
});
