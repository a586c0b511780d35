import type { Settings } from '../../contract/index.ts';
import type { ValueParser } from './value-parser.ts';

/** One thing that can be configured, and every name it can be given under. */
export interface Setting<T> {
  /** Environment names, the preferred one first. */
  readonly names: readonly string[];
  readonly parser: ValueParser<T>;
  /** One line for `--help`. */
  readonly help: string;
  /** Null where "not given" has no value of its own. */
  readonly fallback: T | null;
  /** Command-line name without dashes; null where only the environment offers it. */
  readonly flag: string | null;
  readonly isSecret: boolean;
  /** The settings file's say, as text; null when it has none. */
  readonly fromSettings: ((settings: Partial<Settings>) => string | null) | null;
  /** For a legacy name that says the same in other words. */
  readonly parserByName: Readonly<Record<string, ValueParser<T>>>;
  /** Why a given text has no effect, where a legacy name allows more than can be used here. */
  readonly ignoredBecause: ((name: string, text: string) => string | null) | null;
}

type Extras<T> = Partial<Pick<Setting<T>, 'flag' | 'isSecret' | 'fromSettings' | 'parserByName' | 'ignoredBecause'>>;

export function setting<T>(
  names: readonly string[],
  parser: ValueParser<T>,
  help: string,
  extras: Extras<T> = {},
): Setting<T> {
  return {
    names,
    parser,
    help,
    fallback: null,
    flag: extras.flag ?? null,
    isSecret: extras.isSecret ?? false,
    fromSettings: extras.fromSettings ?? null,
    parserByName: extras.parserByName ?? {},
    ignoredBecause: extras.ignoredBecause ?? null,
  };
}

export function withDefault<T>(base: Setting<T>, fallback: T): Setting<T> & { readonly fallback: T } {
  return { ...base, fallback };
}
