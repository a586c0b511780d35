import { join } from 'node:path';
import Conf from 'conf';
import type { Settings, Watchlist } from '../../contract/index.ts';
import { settingsSchema } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import type { Clock } from '../../market/index.ts';
import { readSettingsContent } from './settings-content.ts';
import type { SettingsContent } from './settings-content.ts';
import { copyAside, moveAside, readSettingsFile, settingsFileError, whileSettingsLocked } from './settings-file.ts';
import type { SettingsPart, SettingsStore } from './settings-store.ts';
import { checkWatchlists } from './watchlist-operations.ts';

/** The part of `conf` that is used; `electron-store` extends the same class. */
export interface ConfFile {
  set(values: Readonly<Record<string, unknown>>): void;
  /** Dispatches `change`. Its `onDidAnyChange` reads the file first, and a typo there would end the process. */
  readonly events: EventTarget;
  _closeWatcher(): void;
}

export interface SettingsFileOptions {
  /** Folder of the file. */
  readonly cwd: string;
  /** Name of the file without `.json`. */
  readonly configName: string;
  /** Notice changes by other processes. */
  readonly watch: boolean;
  readonly accessPropertiesByDotNotation: false;
}

export interface OpenSettingsRequest {
  readonly configDir: string;
  readonly clock: Clock;
  /** The desktop passes one that makes an `electron-store`. */
  readonly openFile?: (options: SettingsFileOptions) => ConfFile;
}

const FILE_NAME = 'config';

export function settingsPath(configDir: string): string {
  return join(configDir, `${FILE_NAME}.json`);
}

/** Opens, or starts anew, the settings of a folder. A file that cannot be read as settings is kept aside and reported. */
export function openSettings(request: OpenSettingsRequest): SettingsStore {
  return new ConfSettingsStore(request);
}

class ConfSettingsStore implements SettingsStore {
  readonly path: string;
  readonly #clock: Clock;
  readonly #notices: string[] = [];
  readonly #noticeListeners = new Set<(text: string) => void>();
  readonly #changeListeners = new Set<(part: SettingsPart) => void>();
  readonly #onFileChange = (): void => this.#refresh();
  /** What the file said when it could last be read. */
  #content: SettingsContent;
  #isUnreadable = false;
  readonly #file: ConfFile;

  constructor(request: OpenSettingsRequest) {
    this.path = settingsPath(request.configDir);
    this.#clock = request.clock;
    this.#content = this.#readFirst();
    const openFile = request.openFile ?? ((options) => new Conf(options));
    const options = { cwd: request.configDir, configName: FILE_NAME, accessPropertiesByDotNotation: false } as const;
    this.#file = this.#open(
      () => openFile({ ...options, watch: true }),
      () => openFile({ ...options, watch: false }),
    );
    this.#file.events.addEventListener('change', this.#onFileChange);
  }

  settings(): Settings {
    return this.#content.settings;
  }

  updateSettings(changes: Partial<Settings>): Settings {
    this.#change('settings', ({ settings }) => settingsSchema.parse({ ...settings, ...changes }));
    return this.#content.settings;
  }

  watchlists(): readonly Watchlist[] {
    return this.#content.watchlists;
  }

  changeWatchlists(change: (lists: readonly Watchlist[]) => readonly Watchlist[]): readonly Watchlist[] {
    this.#change('watchlists', ({ watchlists }) => checkWatchlists(change(watchlists)));
    return this.#content.watchlists;
  }

  layout(workspace: string): string | null {
    return this.#content.layouts[workspace] ?? null;
  }

  saveLayout(workspace: string, model: string | null): void {
    this.#change('layouts', ({ layouts }) => {
      const others = Object.entries(layouts).filter(([name]) => name !== workspace);
      return Object.fromEntries(model === null ? others : [...others, [workspace, model]]);
    });
  }

  onChange(listener: (part: SettingsPart) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onNotice(listener: (text: string) => void): () => void {
    this.#noticeListeners.add(listener);
    for (const text of this.#notices) listener(text);
    return () => this.#noticeListeners.delete(listener);
  }

  close(): void {
    this.#file.events.removeEventListener('change', this.#onFileChange);
    // oxlint-disable-next-line no-underscore-dangle -- conf's one way to stop watching
    this.#file._closeWatcher();
    this.#changeListeners.clear();
    this.#noticeListeners.clear();
  }

  /** A folder that cannot be written still gives defaults; only saving fails, with the reason. */
  #open(watched: () => ConfFile, unwatched: () => ConfFile): ConfFile {
    try {
      return watched();
    } catch (error) {
      const known = settingsFileError(error, this.path);
      if (known.code !== 'read-only' && known.code !== 'bad-config') throw known;
      this.#notify(known.userMessage);
    }
    try {
      return unwatched();
    } catch (error) {
      return new UnwritableFile(settingsFileError(error, this.path));
    }
  }

  /**
   * Starts from what the file says now: another process may have written since it was last looked at. One that became
   * unreadable is kept aside, and what it said before is saved with the change.
   */
  #change<P extends SettingsPart>(part: P, change: (content: SettingsContent) => SettingsContent[P]): void {
    whileSettingsLocked(this.path, () => {
      const content = this.#readUnlessCorrupt();
      const changed = { [part]: change(content ?? this.#content) };
      if (content === null) this.#setAside('the settings in use were saved anew');
      this.#file.set(content === null ? { ...this.#content, ...changed } : changed);
    });
    this.#refresh();
  }

  /** Never throws, for there is nobody to catch it: a file that cannot be read changes nothing. */
  #refresh(): void {
    const before = this.#content;
    try {
      this.#content = this.#read();
      this.#isUnreadable = false;
    } catch (error) {
      if (this.#isUnreadable) return;
      this.#isUnreadable = true;
      const { message } = TapedeckError.from(error);
      this.#notify(`The settings stay as they were, for the file cannot be read as settings: ${message}`);
      return;
    }
    for (const part of ['settings', 'watchlists', 'layouts'] as const) {
      if (JSON.stringify(before[part]) === JSON.stringify(this.#content[part])) continue;
      for (const listener of this.#changeListeners) listener(part);
    }
  }

  #readFirst(): SettingsContent {
    const content = this.#readUnlessCorrupt();
    if (content !== null) return content;
    this.#setAside('defaults are in use');
    return this.#readUnlessCorrupt() ?? readSettingsContent({}).content;
  }

  #readUnlessCorrupt(): SettingsContent | null {
    try {
      return this.#read();
    } catch (error) {
      if (error instanceof TapedeckError && error.code === 'corrupt') return null;
      throw error;
    }
  }

  #read(): SettingsContent {
    const { content, wrong } = readSettingsContent(readSettingsFile(this.path) ?? {});
    if (wrong.length > 0) this.#reportWrong(wrong);
    return content;
  }

  #setAside(consequence: string): void {
    const aside = moveAside(this.path, this.#clock.now());
    if (aside === null) return;
    this.#notify(`${this.path} could not be read as settings. It was kept as ${aside}; ${consequence}.`);
  }

  #reportWrong(wrong: readonly string[]): void {
    const names = wrong.join(', ');
    if (this.#notices.some((notice) => notice.includes(`: ${names} `))) return;
    const aside = copyAside(this.path, this.#clock.now());
    this.#notify(
      `${this.path}: ${names} could not be used, so the default is. The file as it was is kept as ${aside}.`,
    );
  }

  #notify(text: string): void {
    this.#notices.push(text);
    for (const listener of this.#noticeListeners) listener(text);
  }
}

/** Stands where the folder cannot even be made; every attempt to save says why. */
class UnwritableFile implements ConfFile {
  readonly events = new EventTarget();
  readonly #reason: TapedeckError;

  constructor(reason: TapedeckError) {
    this.#reason = reason;
  }

  set(): void {
    throw this.#reason;
  }

  _closeWatcher(): void {
    return undefined;
  }
}
