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
  set(key: string, value: unknown): void;
  onDidAnyChange(callback: () => void): () => void;
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
  #content: SettingsContent;
  readonly #file: ConfFile;
  readonly #stopWatching: () => void;

  constructor(request: OpenSettingsRequest) {
    this.path = settingsPath(request.configDir);
    this.#clock = request.clock;
    this.#content = this.#read();
    const openFile = request.openFile ?? ((options) => new Conf(options));
    const options = { cwd: request.configDir, configName: FILE_NAME, accessPropertiesByDotNotation: false } as const;
    this.#file = this.#open(
      () => openFile({ ...options, watch: true }),
      () => openFile({ ...options, watch: false }),
    );
    this.#stopWatching = this.#file.onDidAnyChange(() => this.#refresh());
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
    this.#stopWatching();
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

  /** Starts from what the file says now: another process may have written since it was last looked at. */
  #change<P extends SettingsPart>(part: P, change: (content: SettingsContent) => SettingsContent[P]): void {
    whileSettingsLocked(this.path, () => this.#file.set(part, change(this.#read())));
    this.#refresh();
  }

  #refresh(): void {
    const before = this.#content;
    this.#content = this.#read();
    for (const part of ['settings', 'watchlists', 'layouts'] as const) {
      if (JSON.stringify(before[part]) === JSON.stringify(this.#content[part])) continue;
      for (const listener of this.#changeListeners) listener(part);
    }
  }

  #read(): SettingsContent {
    let file: Readonly<Record<string, unknown>> | null;
    try {
      file = readSettingsFile(this.path);
    } catch (error) {
      if (!(error instanceof TapedeckError) || error.code !== 'corrupt') throw error;
      const aside = moveAside(this.path, this.#clock.now());
      this.#notify(`${this.path} could not be read as settings. It was kept as ${aside}; defaults are in use.`);
      file = null;
    }
    const { content, wrong } = readSettingsContent(file ?? {});
    if (wrong.length > 0) this.#reportWrong(wrong);
    return content;
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
  readonly #reason: TapedeckError;

  constructor(reason: TapedeckError) {
    this.#reason = reason;
  }

  set(): void {
    throw this.#reason;
  }

  onDidAnyChange(): () => void {
    return () => undefined;
  }

  _closeWatcher(): void {
    return undefined;
  }
}
