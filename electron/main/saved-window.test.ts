import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../src/market/index.ts';
import { SavedWindow } from './saved-window.ts';

const STATE = { bounds: { x: 10, y: 20, width: 900, height: 600 }, isMaximized: false };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapedeck-window-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const opened = (cwd = folder): SavedWindow =>
  new SavedWindow(cwd, silentLog, ({ name, ...options }) => new Conf({ ...options, configName: name }));

test('a window comes back where it was', () => {
  expect(opened().read()).toBeNull();
  opened().save(STATE);
  expect(opened().read()).toEqual(STATE);
});

test.each(['{"main": {"bou', '[]', '{"main": {"bounds": null}}', '{"main": {"bounds": {"x": "left"}}}'])(
  'a file that says %s opens it at the usual place, and is written anew',
  (text) => {
    writeFileSync(join(folder, 'windows.json'), text);
    expect(opened().read()).toBeNull();
    opened().save(STATE);
    expect(opened().read()).toEqual(STATE);
  },
);

test('a place that cannot be written down is lost, and nothing else', () => {
  mkdirSync(join(folder, 'windows.json'));
  const saved = opened();
  saved.save(STATE);
  expect(saved.read()).toBeNull();
});
