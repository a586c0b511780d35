import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Conf from 'conf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import {
  type ConfFile,
  openSettings,
  type OpenSettingsRequest,
  type SettingsFileOptions,
  settingsPath,
} from './conf-settings-store.ts';
import { FileSecretStore, readSecretFile } from './file-secret-store.ts';
import { moveAside, whileSettingsLocked } from './settings-file.ts';
import type { SettingsStore } from './settings-store.ts';
import { withWatchlist } from './watchlist-operations.ts';

const WRITES = 20;
const clock = { now: () => Date.UTC(2026, 6, 13) };
let folder: string;
const opened: SettingsStore[] = [];

function open(
  configDir = folder,
  openFile?: OpenSettingsRequest['openFile'],
): { store: SettingsStore; notices: string[] } {
  const store = openSettings({ configDir, clock, ...(openFile === undefined ? {} : { openFile }) });
  opened.push(store);
  const notices: string[] = [];
  store.onNotice((text) => notices.push(text));
  return { store, notices };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapedeck-settings-'));
});

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('settings file', () => {
  test('a first start has the defaults and one watchlist', () => {
    const { store, notices } = open();
    expect(store.settings()).toEqual(DEFAULT_SETTINGS);
    expect(store.watchlists().map((list) => list.name)).toEqual(['Watchlist']);
    expect(notices).toEqual([]);
  });

  test('what is saved is there after a restart, beside keys that others keep in the file', () => {
    writeFileSync(settingsPath(folder), JSON.stringify({ window: { width: 900 } }));
    const { store } = open();
    store.updateSettings({ chartSymbol: 'MSFT' });
    store.changeWatchlists(() => [{ id: 'a', name: 'Tech', symbols: ['AAPL', 'AAPL', 'MSFT'] }]);
    store.saveLayout('main', '{"x":1}');
    store.close();
    const again = open().store;
    expect(again.settings().chartSymbol).toBe('MSFT');
    expect(again.watchlists()).toEqual([{ id: 'a', name: 'Tech', symbols: ['AAPL', 'MSFT'] }]);
    expect(again.layout('main')).toBe('{"x":1}');
    expect(JSON.parse(readFileSync(settingsPath(folder), 'utf8'))).toMatchObject({ window: { width: 900 } });
  });

  test('two writers do not lose each other’s changes', () => {
    const one = open().store;
    const two = open().store;
    one.updateSettings({ flashCells: false });
    two.updateSettings({ closeToTray: false });
    expect(open().store.settings()).toMatchObject({ flashCells: false, closeToTray: false });
  });

  test('a list is added to what another writer has just made of the lists', () => {
    const one = open().store;
    const two = open().store;
    const add = (store: SettingsStore, id: string): void => {
      store.changeWatchlists((lists) => withWatchlist(lists, { id, name: id, symbols: [] }));
    };
    add(one, 'a');
    add(two, 'b');
    expect(two.watchlists().map(({ id }) => id)).toEqual(['default', 'a', 'b']);
  });

  test('two processes that write all the time lose nothing of each other', async () => {
    const writer = fileURLToPath(new URL('../../testing/settings-writer-child.ts', import.meta.url));
    const write = (name: string) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', writer, folder, name, String(WRITES)]);
    await Promise.all([write('a'), write('b')]);
    const { store } = open();
    const saved = store.watchlists().map(({ id }) => id);
    for (const name of ['a', 'b']) {
      for (let number = 0; number < WRITES; number++) {
        expect(saved).toContain(`${name}${number}`);
        expect(store.layout(`${name}${number}`)).toBe('{}');
      }
    }
  }, 60_000);

  test('a change is announced with the part it concerns', () => {
    const { store } = open();
    const parts: string[] = [];
    store.onChange((part) => parts.push(part));
    store.updateSettings({ chartSymbol: 'IBM' });
    store.changeWatchlists(() => []);
    store.saveLayout('main', null);
    expect(parts).toEqual(['settings', 'watchlists']);
  });

  test('a corrupt file is kept aside and said, never silently reset', () => {
    writeFileSync(settingsPath(folder), '{"settings": {"theme": ');
    const { store, notices } = open();
    expect(store.settings()).toEqual(DEFAULT_SETTINGS);
    const aside = readdirSync(folder).find((name) => name.startsWith('config.json.corrupt-2026-07-13'));
    expect(readFileSync(join(folder, aside ?? ''), 'utf8')).toContain('"theme": ');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(aside);
  });

  describe('a typo saved into the file while it is in use', () => {
    const TYPO = '{"settings": {"theme": pink}}';

    /** A store whose watcher looks when it is told to. */
    function openWatched(): ReturnType<typeof open> & { readonly look: () => void } {
      let events = new EventTarget();
      const openFile = (options: SettingsFileOptions): ConfFile => {
        const file = new Conf({ ...options, watch: false });
        ({ events } = file);
        return file;
      };
      return { ...open(folder, openFile), look: () => void events.dispatchEvent(new Event('change')) };
    }

    test('is said once, leaves the settings as they were and the file to who edits it', () => {
      const { store, notices, look } = openWatched();
      store.updateSettings({ chartSymbol: 'IBM' });
      const parts: string[] = [];
      store.onChange((part) => parts.push(part));
      writeFileSync(settingsPath(folder), TYPO);
      look();
      look();
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(settingsPath(folder));
      expect(store.settings().chartSymbol).toBe('IBM');
      expect(readFileSync(settingsPath(folder), 'utf8')).toBe(TYPO);
      expect(parts).toEqual([]);
      writeFileSync(settingsPath(folder), '{"settings": {"chartSymbol": "MSFT"}}');
      look();
      expect(store.settings().chartSymbol).toBe('MSFT');
      writeFileSync(settingsPath(folder), TYPO);
      look();
      expect(notices).toHaveLength(2);
    });

    test('is kept aside by the next change, which saves everything that was in use', () => {
      const { store, notices } = openWatched();
      store.updateSettings({ chartSymbol: 'IBM' });
      store.saveLayout('main', '{"x":1}');
      writeFileSync(settingsPath(folder), TYPO);
      expect(() => store.updateSettings({ chartSymbol: 5 as never })).toThrow();
      expect(readFileSync(settingsPath(folder), 'utf8')).toBe(TYPO);
      store.changeWatchlists(() => []);
      const aside = readdirSync(folder).find((name) => name.includes('.corrupt-')) ?? '';
      expect(readFileSync(join(folder, aside), 'utf8')).toBe(TYPO);
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(aside);
      const again = open().store;
      expect(again.settings().chartSymbol).toBe('IBM');
      expect(again.layout('main')).toBe('{"x":1}');
      expect(again.watchlists()).toEqual([]);
    });
  });

  test('of two processes that find a corrupt file, the second finds nothing left to do', () => {
    writeFileSync(settingsPath(folder), '{');
    expect(moveAside(settingsPath(folder), clock.now())).toContain('.corrupt-');
    expect(moveAside(settingsPath(folder), clock.now())).toBeNull();
  });

  test('one wrong value costs that value only, and the file as it was is kept', () => {
    const text = JSON.stringify({
      settings: { theme: 'pink', chartSymbol: 'IBM' },
      watchlists: [
        { id: 'a', name: 'Good', symbols: ['IBM'] },
        { id: 'b', name: '', symbols: [] },
      ],
    });
    writeFileSync(settingsPath(folder), text);
    const { store, notices } = open();
    expect(store.settings()).toMatchObject({ theme: 'dark', chartSymbol: 'IBM' });
    expect(store.watchlists().map((list) => list.name)).toEqual(['Good']);
    expect(notices.join()).toContain('settings.theme, watchlists[1]');
    const aside = readdirSync(folder).find((name) => name.includes('.corrupt-')) ?? '';
    expect(readFileSync(join(folder, aside), 'utf8')).toBe(text);
  });

  test('a folder that cannot be written gives defaults, and saving says why', () => {
    const blocked = join(folder, 'a-file');
    writeFileSync(blocked, '');
    const { store } = open(join(blocked, 'config'));
    expect(store.settings()).toEqual(DEFAULT_SETTINGS);
    expect(() => store.updateSettings({ flashCells: false })).toThrow(/cannot be used: part of that path is a file/);
  });

  test('a wrong value is refused and nothing is written', () => {
    const { store } = open();
    expect(() => store.changeWatchlists(() => [{ id: 'a', name: 'x', symbols: ['<script>'] }])).toThrow(TapedeckError);
    expect(store.watchlists()[0]?.name).toBe('Watchlist');
  });

  test('a failing change gives the lock back', () => {
    const path = settingsPath(folder);
    expect(() =>
      whileSettingsLocked(path, () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      }),
    ).toThrow(expect.objectContaining({ code: 'disk-full' }));
    expect(whileSettingsLocked(path, () => 'free')).toBe('free');
  });
});

describe('secret file', () => {
  test('keeps secrets for the owner alone and never shows them', async () => {
    const secrets = new FileSecretStore(folder);
    await secrets.setSecret('APCA_API_KEY_ID', 'key');
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(await secrets.states()).toEqual({
      APCA_API_KEY_ID: { isSet: true, isEncrypted: false },
      APCA_API_SECRET_KEY: { isSet: false, isEncrypted: false },
    });
    expect(readSecretFile(folder)).toEqual({ APCA_API_KEY_ID: 'key' });
    await secrets.setSecret('APCA_API_KEY_ID', null);
    expect(readSecretFile(folder)).toEqual({});
  });

  test('a corrupt file is refused without a word of its content', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'secrets.json'), '{"APCA_API_KEY_ID": "hidden');
    expect(() => readSecretFile(folder)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    expect(() => readSecretFile(folder)).not.toThrow(/hidden/);
  });
});
