import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHostLog } from './host-log.ts';
import { RotatingFile } from './rotating-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapedeck-log-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(format: 'json' | 'text', secrets: readonly string[] = []) {
  const lines: string[] = [];
  const file = join(folder, 'logs', 'x.log');
  const settings = { level: 'info', format, file } as const;
  return { lines, file, log: openHostLog({ settings, writeError: (line) => lines.push(line), secrets }) };
}

describe('the log', () => {
  test('writes one line a fact, as text for people and as JSON into the file', () => {
    const { lines, file, log } = opened('text');
    log.child({ role: 'ingest' }).warn({ symbol: 'AAPL', error: new Error('went away') }, 'feed lost');
    log.debug({}, 'not at this level');
    log.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN  feed lost  role=ingest  symbol=AAPL  error="went away"\n$/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ level: 'warn', msg: 'feed lost', role: 'ingest' });
  });

  test('says with an error what caused it, and nothing twice', () => {
    const { lines, log } = opened('text');
    const refused = new Error('connection refused');
    const away = new Error('the broker is away: connection refused', { cause: refused });
    log.warn({ error: new Error('nothing published', { cause: away }) }, 'publish failed');
    log.close();
    expect(lines[0]).toContain('error="nothing published: the broker is away: connection refused"');
  });

  test('masks secrets by field and wherever their value turns up', () => {
    const { lines, file, log } = opened('json', ['hunter2-hunter2']);
    log.info({ token: 'abc', detail: 'dsn postgresql://u:hunter2-hunter2@db' }, 'key hunter2-hunter2 used');
    log.close();
    expect(lines.join('') + readFileSync(file, 'utf8')).not.toMatch(/hunter2|abc/);
    expect(lines[0]).toContain('postgresql://u:***@db');
  });

  test('masks what became a secret while it runs', () => {
    const { lines, log } = opened('json');
    log.hide(['typed-"later"']);
    log.info({ detail: 'header typed-"later"' }, 'refused');
    log.close();
    expect(lines.join('')).not.toContain('typed');
  });

  test('goes on without a file where none can be written', () => {
    const lines: string[] = [];
    const settings = { level: 'info', format: 'json', file: '/dev/null/x.log' } as const;
    const log = openHostLog({ settings, writeError: (line) => lines.push(line), secrets: [] });
    log.info({}, 'still here');
    expect(lines.join('')).toMatch(/no log file is written[^]*still here/);
  });

  test('goes on without a file where a full one cannot be kept', () => {
    const { lines, file, log } = opened('json');
    log.close();
    truncateSync(file, 10_000_000);
    for (const number of [1, 2, 3]) mkdirSync(`${file}.${number}`);
    writeFileSync(join(`${file}.3`, 'in-the-way'), '');
    const again = opened('json');
    again.log.info({}, 'still here');
    again.log.info({}, 'and on');
    again.log.close();
    expect(lines).toEqual([]);
    expect(again.lines.join('')).toMatch(/still here[^]*log file given up[^]*and on/);
  });
});

test('a full log file is kept under a number and the oldest goes', () => {
  const path = join(folder, 'r.log');
  const file = new RotatingFile(path, 20);
  for (let number = 1; number <= 6; number++) file.write(`line ${number} of text\n`);
  file.close();
  expect(readdirSync(folder).sort()).toEqual(['r.log', 'r.log.1', 'r.log.2', 'r.log.3']);
  expect(readFileSync(path, 'utf8')).toBe('line 6 of text\n');
  expect(readFileSync(`${path}.3`, 'utf8')).toBe('line 3 of text\n');
});
