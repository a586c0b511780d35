import { describe, expect, it } from 'vitest';
import { ROW_COLUMNS, type RowColumn } from '../../contract/index.ts';
import { FLASH_MS, TickStore } from './tick-store.ts';

type Row = Partial<Record<RowColumn, number>>;

function columnsOf(rows: readonly Row[]): Float64Array {
  const values = new Float64Array(ROW_COLUMNS.length * rows.length).fill(Number.NaN);
  for (const [row, fields] of rows.entries()) {
    for (const [column, name] of ROW_COLUMNS.entries()) values[column * rows.length + row] = fields[name] ?? Number.NaN;
  }
  return values;
}

function storeWith(symbols: readonly string[]) {
  const store = new TickStore();
  const slots = Int32Array.from(symbols, (symbol) => store.slotOf(symbol));
  const apply = (rows: readonly Row[], nowMs = 0) => store.apply(columnsOf(rows), rows.length, slots, nowMs);
  return { store, apply };
}

describe('TickStore', () => {
  it('tells a row once a flush, however many ticks it had', () => {
    const { store, apply } = storeWith(['AAPL', 'MSFT']);
    let calls = 0;
    store.subscribe(store.slotOf('AAPL'), () => calls++);
    apply([{ symbolIndex: 0, last: 1 }]);
    apply([{ symbolIndex: 0, last: 2 }]);
    expect(calls).toBe(0);
    store.flush();
    expect(calls).toBe(1);
    expect(store.value(store.slotOf('AAPL'), 'last')).toBe(2);
    store.flush();
    expect(calls).toBe(1);
  });

  it('tells only the rows that changed', () => {
    const { store, apply } = storeWith(['AAPL', 'MSFT']);
    let calls = 0;
    store.subscribe(store.slotOf('MSFT'), () => calls++);
    apply([{ symbolIndex: 0, last: 1 }]);
    store.flush();
    expect(calls).toBe(0);
  });

  it('lights a cell in the direction it moved, and not on its first value', () => {
    const { store, apply } = storeWith(['AAPL']);
    const slot = store.slotOf('AAPL');
    apply([{ symbolIndex: 0, last: 10, bid: 9 }]);
    expect(store.flash(slot, 'last')).toBe(0);
    apply([{ symbolIndex: 0, last: 11, bid: 8 }]);
    expect(store.flash(slot, 'last')).toBe(1);
    expect(store.flash(slot, 'bid')).toBe(-1);
    expect(store.flash(slot, 'ask')).toBe(0);
  });

  it('turns a light off after its time and tells the row', () => {
    const { store, apply } = storeWith(['AAPL']);
    const slot = store.slotOf('AAPL');
    apply([{ symbolIndex: 0, last: 10 }], 0);
    apply([{ symbolIndex: 0, last: 11 }], 100);
    store.flush();
    expect(store.expireFlashes(100 + FLASH_MS - 1)).toBe(true);
    expect(store.flash(slot, 'last')).toBe(1);
    const before = store.version(slot);
    expect(store.expireFlashes(100 + FLASH_MS)).toBe(false);
    store.flush();
    expect(store.flash(slot, 'last')).toBe(0);
    expect(store.version(slot)).toBe(before + 1);
  });

  it('lights nothing while flashing is off', () => {
    const { store, apply } = storeWith(['AAPL']);
    apply([{ symbolIndex: 0, last: 10 }]);
    store.setFlashing(false);
    apply([{ symbolIndex: 0, last: 11 }]);
    expect(store.flash(store.slotOf('AAPL'), 'last')).toBe(0);
  });

  it('marks rows without recent news as stale, and fresh news takes the mark away', () => {
    const { store, apply } = storeWith(['AAPL', 'MSFT']);
    apply([{ symbolIndex: 0, last: 10, receivedMs: 1_000 }]);
    store.updateStaleness(61_001, 60_000);
    expect(store.isStale(store.slotOf('AAPL'))).toBe(true);
    expect(store.isStale(store.slotOf('MSFT'))).toBe(false);
    apply([{ symbolIndex: 0, last: 10, receivedMs: 61_500 }]);
    expect(store.isStale(store.slotOf('AAPL'))).toBe(false);
  });

  it('takes the time of a price that only the store knows for its news', () => {
    const { store, apply } = storeWith(['AAPL', 'MSFT', 'NVDA', 'TSLA']);
    const stale = () => [0, 1, 2, 3].map((slot) => store.isStale(slot));
    apply([
      { symbolIndex: 0, last: 10, timeMs: 1_000 },
      { symbolIndex: 1, last: 10, timeMs: 1_000, receivedMs: 50_000 },
      { symbolIndex: 2, last: 10 },
    ]);
    store.updateStaleness(61_001, 60_000);
    expect(stale()).toEqual([true, false, false, false]);
    expect(store.newsMs(0)).toBe(1_000);
    store.updateStaleness(61_001, Number.NEGATIVE_INFINITY);
    expect(stale()).toEqual([true, true, true, false]);
    store.updateStaleness(61_001, Number.POSITIVE_INFINITY);
    expect(stale()).toEqual([false, false, false, false]);
  });

  it('keeps every value when it grows past its first capacity', () => {
    const symbols = Array.from({ length: 1_500 }, (_, index) => `S${index}`);
    const store = new TickStore();
    for (const [index, symbol] of symbols.entries()) {
      const slots = Int32Array.of(store.slotOf(symbol));
      store.apply(columnsOf([{ symbolIndex: 0, last: index }]), 1, slots, 0);
    }
    for (const [index, symbol] of symbols.entries()) expect(store.value(store.slotOf(symbol), 'last')).toBe(index);
  });

  it('skips a row whose symbol index it does not know', () => {
    const { store, apply } = storeWith(['AAPL']);
    expect(() => apply([{ symbolIndex: 7, last: 1 }])).not.toThrow();
    expect(store.value(store.slotOf('AAPL'), 'last')).toBeNaN();
  });
});
