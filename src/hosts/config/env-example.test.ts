import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SETTINGS } from './setting-table.ts';
import type { Setting } from './setting.ts';

const example = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8');

test('.env.example names every setting under one of its names, and nothing that does not exist', () => {
  const rows = Object.values(SETTINGS) as readonly Setting<unknown>[];
  const given = [...example.matchAll(/^# ([A-Z_]+)=/gm)].map((found) => found[1] ?? '');
  expect(rows.filter((row) => !row.names.some((name) => given.includes(name))).map((row) => row.names[0])).toEqual([]);
  const known = new Set(rows.flatMap((row) => row.names));
  expect(given.filter((name) => !known.has(name))).toEqual([]);
});

test('every line of .env.example can be used as it stands', () => {
  for (const row of Object.values(SETTINGS) as readonly Setting<unknown>[]) {
    for (const name of row.names) {
      const text = new RegExp(`^# ${name}=([^ \\n]+)`, 'm').exec(example)?.[1];
      if (text === undefined) continue;
      expect((row.parserByName[name] ?? row.parser).parse(text), name).toBeDefined();
    }
  }
});
