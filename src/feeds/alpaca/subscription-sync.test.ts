import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SubscriptionSync } from './subscription-sync.ts';

const SYMBOLS = ['A', 'B', 'C', 'D', 'E', 'F'];

/** Answers as Alpaca does: symbols in `unparsable` spoil the request that holds them. */
function answer(sync: SubscriptionSync, state: Set<string>, unparsable: ReadonlySet<string>): readonly string[] {
  const refused: string[] = [];
  for (let round = 0; round < 100; round++) {
    const request = sync.take();
    if (request === null) return refused;
    if (request.symbols.some((symbol) => unparsable.has(symbol))) {
      const symbol = sync.refuse();
      if (symbol !== null) refused.push(symbol);
      continue;
    }
    for (const symbol of request.symbols) {
      if (request.action === 'subscribe') state.add(symbol);
      else state.delete(symbol);
    }
    sync.acknowledge({ T: 'subscription', trades: [...state] });
  }
  throw new Error('it never comes to rest');
}

describe('subscriptions', () => {
  it('come to any sequence of targets, but for what cannot be parsed', () => {
    const list = fc.uniqueArray(fc.constantFrom(...SYMBOLS));
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 6 }), list, (targets, bad) => {
        const unparsable = new Set(bad);
        const sync = new SubscriptionSync(['trades']);
        const state = new Set<string>();
        const refused = new Set<string>();
        for (const target of targets) {
          sync.setTarget(target);
          for (const symbol of answer(sync, state, unparsable)) refused.add(symbol);
          expect([...state].sort()).toEqual(target.filter((symbol) => !unparsable.has(symbol)).sort());
          expect(sync.isSettled).toBe(true);
        }
        expect([...refused].sort()).toEqual(bad.filter((symbol) => targets.flat().includes(symbol)).sort());
      }),
    );
  });

  it('make room before they take more', () => {
    const sync = new SubscriptionSync(['trades']);
    sync.setTarget(['A']);
    sync.take();
    sync.acknowledge({ trades: ['A'] });
    sync.setTarget(['B']);
    expect(sync.take()).toMatchObject({ action: 'unsubscribe', symbols: ['A'] });
    expect(sync.take()).toBeNull();
  });

  it('take a request for granted when the answer does not mention trades', () => {
    const sync = new SubscriptionSync(['quotes']);
    sync.setTarget(['A', 'B']);
    sync.take();
    sync.acknowledge({ T: 'subscription', quotes: ['A', 'B'] });
    expect(sync.isSettled).toBe(true);
  });

  it('count what a refused request would have made', () => {
    const sync = new SubscriptionSync(['trades']);
    sync.setTarget(['A', 'B']);
    sync.take();
    sync.acknowledge({ trades: ['A', 'B'] });
    sync.setTarget(SYMBOLS);
    sync.take();
    expect(sync.abandon()).toBe(6);
  });
});
