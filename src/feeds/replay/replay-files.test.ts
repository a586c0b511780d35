import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeJsonLine } from './line-decoder.ts';

const PAGE = readFileSync(new URL('REPLAY-FILES.md', import.meta.url), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^\{"type".*$/gm)].map(([text]) => JSON.parse(text) as Record<string, unknown>);
const ROWS = [...PAGE.matchAll(/^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, type, needed, optional]) => ({
  type,
  needed: namesIn(needed),
  optional: namesIn(optional),
}));

function namesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}

function without(example: Record<string, unknown>, names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(Object.entries(example).filter(([name]) => !names.includes(name))));
}

describe('the page about replay files', () => {
  test('has a row and an example of every type', () => {
    const types = ['trade', 'quote', 'bar', 'correction', 'cancel', 'status'];
    expect(ROWS.map(({ type }) => type)).toEqual(types);
    expect(EXAMPLES.map(({ type }) => type)).toEqual(types);
  });

  test.each(ROWS)('says the fields of a $type as they are read', ({ type, needed, optional }) => {
    const example = EXAMPLES.find((one) => one['type'] === type) ?? {};
    expect(Object.keys(example).sort()).toEqual(['type', 'symbol', 'time', ...needed, ...optional].sort());
    expect(decodeJsonLine(JSON.stringify(example), 0)).toMatchObject({ type, symbol: 'AAPL' });
    expect(decodeJsonLine(without(example, optional), 0)).toMatchObject({ type, source: 'replay' });
    for (const name of ['symbol', 'time', ...needed]) {
      // A lone id stands in for the original's.
      const left = name === 'originalId' ? [name, 'id'] : [name];
      expect(() => decodeJsonLine(without(example, left), 0), name).toThrow(`${name}:`);
    }
  });
});
