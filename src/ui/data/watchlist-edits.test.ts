import { beforeEach, describe, expect, it } from 'vitest';
import type { Watchlist } from '../../contract/index.ts';
import { WatchlistEdits } from './watchlist-edits.ts';

const listOf = (...symbols: readonly string[]): Watchlist => ({ id: 'one', name: 'One', symbols: [...symbols] });
const OTHER: Watchlist = { id: 'two', name: 'Two', symbols: ['IBM'] };

/** A host that answers when told to. */
class SlowHost {
  readonly sent: Watchlist[] = [];
  #stored: readonly Watchlist[] = [listOf('A', 'B', 'C', 'D'), OTHER];
  readonly #answers: ((lists: readonly Watchlist[] | null) => void)[] = [];

  readonly send = (watchlist: Watchlist): Promise<readonly Watchlist[] | null> => {
    this.sent.push(watchlist);
    return new Promise((resolve) => this.#answers.push(resolve));
  };

  stored(): readonly Watchlist[] {
    return this.#stored;
  }

  async answer(isSaved = true): Promise<void> {
    const saved = this.sent[this.sent.length - this.#answers.length];
    if (isSaved) this.#stored = this.#stored.map((list) => (list.id === saved?.id ? saved : list));
    this.#answers.shift()?.(isSaved ? this.#stored : null);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

describe('quick edits of a list', () => {
  let host: SlowHost;
  let shown: readonly Watchlist[];
  let edits: WatchlistEdits;

  beforeEach(() => {
    host = new SlowHost();
    edits = new WatchlistEdits({ send: host.send, show: (lists) => (shown = lists) });
    edits.take(host.stored());
  });

  const symbols = () => shown.find(({ id }) => id === 'one')?.symbols.join('');

  it('all stay, although the answer to the first comes after the second', async () => {
    const saved = [edits.save(listOf('B', 'C', 'D')), edits.save(listOf('C', 'D')), edits.save(listOf('D'))];
    expect(symbols()).toBe('D');
    await host.answer();
    expect(symbols()).toBe('D');
    await host.answer();
    expect(symbols()).toBe('D');
    expect(await Promise.all(saved)).toEqual([true, true, true]);
    expect(host.stored()[0]?.symbols).toEqual(['D']);
    expect(host.sent.map((list) => list.symbols.join(''))).toEqual(['BCD', 'D']);
  });

  it('are taken back when the host refuses them, and only they', async () => {
    const refused = edits.save(listOf('B'));
    edits.take([listOf('A', 'B', 'C', 'D'), { ...OTHER, name: 'Renamed elsewhere' }]);
    expect(symbols()).toBe('B');
    await host.answer(false);
    expect(await refused).toBe(false);
    expect(symbols()).toBe('ABCD');
    expect(shown[1]?.name).toBe('Renamed elsewhere');
  });

  it('of another list wait for their turn', async () => {
    const first = edits.save(listOf('A'));
    const second = edits.save({ ...OTHER, symbols: ['IBM', 'T'] });
    expect(host.sent).toHaveLength(1);
    await host.answer();
    expect(shown[1]?.symbols).toEqual(['IBM', 'T']);
    await host.answer();
    expect(await Promise.all([first, second])).toEqual([true, true]);
  });

  it('do not bring back a list that was deleted meanwhile', async () => {
    void edits.save(listOf('A'));
    const waiting = edits.save(listOf('B'));
    edits.take([OTHER]);
    expect(await waiting).toBe(false);
    await host.answer(false);
    expect(shown).toEqual([OTHER]);
    expect(host.sent).toHaveLength(1);
  });

  it('show a new list behind the others', () => {
    void edits.save({ id: 'three', name: 'Three', symbols: [] });
    expect(shown.map(({ id }) => id)).toEqual(['one', 'two', 'three']);
  });
});
