import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import lockfile from 'proper-lockfile';
import { TapedeckError, fileError } from '../../market/index.ts';

const LOCK_ATTEMPTS = 100;
const LOCK_PAUSE_MS = 10;
const STALE_LOCK_MS = 5_000;

/**
 * Runs one read-change-write of the settings file while no other process does. Everybody who writes the file goes
 * through here, the desktop's own settings included.
 */
export function whileSettingsLocked<T>(path: string, change: () => T): T {
  const release = lock(path);
  try {
    return change();
  } catch (error) {
    throw settingsFileError(error, path);
  } finally {
    release();
  }
}

function lock(path: string): () => void {
  for (let attempt = 1; ; attempt++) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      return lockfile.lockSync(path, { realpath: false, stale: STALE_LOCK_MS });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw settingsFileError(error, path);
      if (attempt === LOCK_ATTEMPTS) {
        throw new TapedeckError('locked', `another program has been writing ${path} for a second`, {
          retryable: true,
          userMessage: `Another program is writing ${path}. Try again.`,
          cause: error,
        });
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
    }
  }
}

/** Says in the user's words why the file could not be used. */
export function settingsFileError(error: unknown, path: string): TapedeckError {
  const notKept = 'Settings are not kept. Choose another folder with --config-dir.';
  return fileError(error, path, {
    isRetried: true,
    advice: { 'disk-full': 'Nothing was changed.', 'read-only': notKept, 'bad-config': notKept },
  });
}

/** Null where there is no file; throws `corrupt` for one that is not a JSON object. */
export function readSettingsFile(path: string): Readonly<Record<string, unknown>> | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw settingsFileError(error, path);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new SyntaxError('not a JSON object');
  } catch (error) {
    throw new TapedeckError('corrupt', `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** `config.json.corrupt-2026-07-13T13-45-01-000Z`; a number is added where that exists. */
function asidePath(path: string, nowMs: number): string {
  const base = `${path}.corrupt-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;
  let candidate = base;
  for (let number = 2; existsSync(candidate); number++) candidate = `${base}-${number}`;
  return candidate;
}

/** Where the file went; null where another process that found it corrupt too was faster. */
export function moveAside(path: string, nowMs: number): string | null {
  const aside = asidePath(path, nowMs);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return aside;
}

export function copyAside(path: string, nowMs: number): string {
  const aside = asidePath(path, nowMs);
  copyFileSync(path, aside);
  return aside;
}
