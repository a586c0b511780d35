import { z } from 'zod';
import { DEFAULT_SETTINGS, settingsSchema, watchlistSchema } from '../../contract/index.ts';
import type { Settings, Watchlist } from '../../contract/index.ts';
import { TapedeckError } from '../../market/index.ts';
import { readSettingsFile } from './settings-file.ts';

export interface SettingsContent {
  readonly settings: Settings;
  readonly watchlists: readonly Watchlist[];
  readonly layouts: Readonly<Record<string, string>>;
}

const layoutsSchema = z.record(z.string(), z.string());

/** What a new user sees first. */
const FIRST_WATCHLIST: Watchlist = {
  id: 'default',
  name: 'Watchlist',
  symbols: [
    'AAPL',
    'MSFT',
    'NVDA',
    'AMZN',
    'GOOGL',
    'META',
    'TSLA',
    'AVGO',
    'JPM',
    'V',
    'WMT',
    'XOM',
    'UNH',
    'NFLX',
    'AMD',
  ],
};

/** Takes what is right and names what is not, so that one bad value costs one value. */
export function readSettingsContent(file: Readonly<Record<string, unknown>>): {
  readonly content: SettingsContent;
  readonly wrong: readonly string[];
} {
  const wrong: string[] = [];
  const given = isRecord(file['settings']) ? file['settings'] : {};
  if (file['settings'] !== undefined && !isRecord(file['settings'])) wrong.push('settings');
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    if (given[key] === undefined) continue;
    const parsed = schema.safeParse(given[key]);
    if (parsed.success) settings[key] = parsed.data;
    else wrong.push(`settings.${key}`);
  }
  return {
    content: {
      settings: settings as Settings,
      watchlists: readWatchlists(file['watchlists'], wrong),
      layouts: readLayouts(file['layouts'], wrong),
    },
    wrong,
  };
}

/** Only what the file itself says, and says rightly; a file that cannot be read says nothing here and is reported on opening. */
export function readGivenSettings(path: string): Partial<Settings> {
  const file = readLeniently(path);
  const given = isRecord(file['settings']) ? file['settings'] : {};
  const { settings } = readSettingsContent({ settings: given }).content;
  return Object.fromEntries(Object.entries(settings).filter(([key]) => given[key] === settings[key as keyof Settings]));
}

/** The lists of a settings folder that no host has open. */
export function readSavedWatchlists(path: string): readonly Watchlist[] {
  return readSettingsContent(readLeniently(path)).content.watchlists;
}

function readLeniently(path: string): Readonly<Record<string, unknown>> {
  try {
    return readSettingsFile(path) ?? {};
  } catch (error) {
    if (error instanceof TapedeckError && error.code === 'corrupt') return {};
    throw error;
  }
}

function readWatchlists(value: unknown, wrong: string[]): readonly Watchlist[] {
  if (value === undefined) return [FIRST_WATCHLIST];
  if (!Array.isArray(value)) {
    wrong.push('watchlists');
    return [FIRST_WATCHLIST];
  }
  const lists: Watchlist[] = [];
  for (const [index, entry] of value.entries()) {
    const parsed = watchlistSchema.safeParse(entry);
    if (parsed.success) lists.push(parsed.data);
    else wrong.push(`watchlists[${index}]`);
  }
  return lists;
}

function readLayouts(value: unknown, wrong: string[]): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const parsed = layoutsSchema.safeParse(value);
  if (!parsed.success) wrong.push('layouts');
  return parsed.success ? parsed.data : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
