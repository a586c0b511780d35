import { z } from 'zod';
import type { Log } from '../../src/market/index.ts';
import type { WindowState } from './window-state.ts';

const stateSchema = z.object({
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() }),
  isMaximized: z.boolean(),
});

/** The part of `electron-store` that is used. */
export interface WindowFile {
  get(key: 'main'): unknown;
  set(key: 'main', state: WindowState): void;
}

export interface WindowFileOptions {
  /** Folder of the file. */
  readonly cwd: string;
  /** Name of the file without `.json`. */
  readonly name: string;
  /** A file that is no JSON counts as empty. */
  readonly clearInvalidConfig: true;
}

/** Where the window was. A file that is damaged or cannot be written costs its place, never the program. */
export class SavedWindow {
  readonly #log: Log;
  readonly #open: () => WindowFile;

  constructor(configDir: string, log: Log, openFile: (options: WindowFileOptions) => WindowFile) {
    this.#log = log;
    this.#open = () => openFile({ cwd: configDir, name: 'windows', clearInvalidConfig: true });
  }

  /** Null where nothing usable was saved. */
  read(): WindowState | null {
    try {
      return stateSchema.safeParse(this.#open().get('main')).data ?? null;
    } catch (error) {
      this.#log.warn({ error }, 'The place of the window could not be read');
      return null;
    }
  }

  save(state: WindowState): void {
    try {
      this.#open().set('main', state);
    } catch (error) {
      this.#log.warn({ error }, 'The place of the window could not be saved');
    }
  }
}
