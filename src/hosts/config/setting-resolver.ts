import type { Settings } from '../../contract/index.ts';
import { IGNORED_NAMES } from './ignored-names.ts';
import { SETTINGS } from './setting-table.ts';
import type { SettingKey } from './setting-table.ts';
import type { Setting } from './setting.ts';
import type { ReadText, ValueLayer } from './value-layers.ts';
import { parseValue } from './value-parser.ts';
import type { ValueParser } from './value-parser.ts';

export interface ResolverInput {
  /** By flag name without dashes. */
  readonly flags: Readonly<Record<string, string>>;
  readonly layers: readonly ValueLayer[];
  readonly settings: Partial<Settings>;
  /** Values of a safe place (keys typed into Settings), below everything else but the defaults. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly readText: ReadText;
  /** Names without effect in this run, each with the reason. */
  readonly unusedNames?: Readonly<Record<string, string>>;
}

/** Where what was chosen in Settings comes from, as `--check-config` says it. */
export const SETTINGS_FILE = 'settings file';

/** Where a value of the safe place comes from, as `--check-config` says it. */
export const SAVED_SECRET = 'saved secret';

export interface Resolved {
  readonly value: unknown;
  readonly from: string;
  readonly isGiven: boolean;
}

/** Looks settings up in their order of importance and gathers everything there is to complain about. */
export class SettingResolver {
  readonly problems: string[] = [];
  readonly ignored = new Map<string, string>();
  readonly #input: ResolverInput;

  constructor(input: ResolverInput) {
    this.#input = input;
  }

  resolve(key: SettingKey): Resolved {
    const setting: Setting<unknown> = SETTINGS[key];
    return this.#fromFlag(setting) ?? this.#fromLayers(setting) ?? this.#fromSettings(setting) ?? defaultOf(setting);
  }

  /** Names that are known but without effect, and misspelt names of our own. */
  reportIgnoredNames(): void {
    const known = new Set(
      Object.values(SETTINGS).flatMap(({ names, isSecret }: Setting<unknown>) =>
        isSecret ? [...names, ...names.map((name) => `${name}_FILE`)] : names,
      ),
    );
    for (const layer of this.#input.layers) {
      for (const row of IGNORED_NAMES) {
        if (layer.values[row.name] !== undefined) this.ignored.set(row.name, row.reason);
      }
      for (const [name, reason] of Object.entries(this.#input.unusedNames ?? {})) {
        if (layer.values[name] !== undefined) this.ignored.set(name, reason);
      }
      for (const name of Object.keys(layer.values)) {
        const isOurs = name.startsWith('TAPEDECK_') && !name.startsWith('TAPEDECK_TEST_');
        if (isOurs && !known.has(name)) {
          this.ignored.set(name, 'there is no setting of this name (see --help)');
        }
      }
    }
  }

  #fromFlag(setting: Setting<unknown>): Resolved | null {
    if (setting.flag === null) return null;
    const text = this.#input.flags[setting.flag];
    if (text === undefined) return null;
    return this.#parse(setting, setting.parser, `--${setting.flag}`, text, `flag --${setting.flag}`);
  }

  #fromLayers(setting: Setting<unknown>): Resolved | null {
    for (const layer of this.#input.layers) {
      for (const name of setting.names) {
        if (this.#input.unusedNames?.[name] !== undefined) continue;
        const text = layer.values[name] ?? this.#secretFileText(setting, name, layer);
        if (text === undefined) continue;
        const reason = setting.ignoredBecause?.(name, text) ?? null;
        if (reason !== null) {
          this.ignored.set(name, reason);
          continue;
        }
        const parser = setting.parserByName[name] ?? setting.parser;
        this.#reportOtherNames(setting, name);
        return this.#parse(setting, parser, name, text, `${layer.label} ${name}`);
      }
    }
    return null;
  }

  /** Two names for one thing: nobody can guess which of them counts. */
  #reportOtherNames(setting: Setting<unknown>, counting: string): void {
    for (const name of setting.names) {
      const isGiven = this.#input.layers.some((layer) => layer.values[name] !== undefined);
      if (name !== counting && isGiven && !this.ignored.has(name)) {
        this.ignored.set(name, `${counting} is given too, means the same and counts`);
      }
    }
  }

  #secretFileText(setting: Setting<unknown>, name: string, layer: ValueLayer): string | undefined {
    const file = setting.isSecret ? layer.values[`${name}_FILE`] : undefined;
    if (file === undefined) return undefined;
    try {
      return this.#input.readText(file).trim();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      this.problems.push(`${name}_FILE: ${file} must be a readable file that holds the value (${code})`);
      return undefined;
    }
  }

  #fromSettings(setting: Setting<unknown>): Resolved | null {
    const text = setting.fromSettings?.(this.#input.settings) ?? null;
    if (text !== null) return this.#parse(setting, setting.parser, 'the settings file', text, SETTINGS_FILE);
    const secret = setting.names.map((name) => this.#input.secrets[name]).find((value) => value !== undefined);
    if (secret === undefined) return null;
    return this.#parse(setting, setting.parser, setting.names[0] ?? '', secret, SAVED_SECRET);
  }

  #parse(setting: Setting<unknown>, parser: ValueParser<unknown>, name: string, text: string, from: string): Resolved {
    const parsed = parseValue(parser, text);
    if ('value' in parsed) return { value: parsed.value, from, isGiven: true };
    this.problems.push(`${name}: ${setting.isSecret ? '***' : JSON.stringify(text)}${parsed.wrong}`);
    return { ...defaultOf(setting), isGiven: true };
  }
}

export function defaultOf(setting: Setting<unknown>): Resolved {
  return { value: setting.fallback, from: 'default', isGiven: false };
}
