import { EXPORT_TABLES } from '../export/export-request.ts';
import { SETTINGS } from './setting-table.ts';
import type { Setting } from './setting.ts';

const COMMANDS = [
  ['web', 'serve the UI and the HTTP interface'],
  ['worker', 'run roles without a screen; with --replay end when the file is stored'],
  ['export', 'write a table: --table --symbol --interval --from --to --format csv|ndjson|parquet --out FILE'],
  ['store', 'what is stored: copy, migrate, set-aside (see store --help)'],
  ['stack', 'Kafka and TimescaleDB in Docker: up, down, status, logs, reset (see stack --help)'],
  ['check', 'print the effective configuration, secrets masked (as --check-config)'],
] as const;

const WORDS_A_LINE = 10;

/** Made from the settings table, so that it cannot fall behind. */
export function helpText(): string {
  const flags: string[] = [];
  const names: string[] = [];
  for (const setting of Object.values(SETTINGS) as readonly Setting<unknown>[]) {
    const fallback =
      typeof setting.fallback === 'string' || typeof setting.fallback === 'number' ? ` [${setting.fallback}]` : '';
    const line = `${setting.help}${fallback}`;
    if (setting.flag === null) names.push(`  ${setting.names.join(', ').padEnd(54)} ${line}`);
    else flags.push(`  --${setting.flag.padEnd(16)} ${(setting.names[0] ?? '').padEnd(24)} ${line}`);
  }
  return [
    'Usage: npm start | npm run web | npm run worker | npm run export | npm run store | npm run stack, flags after --',
    '',
    'Commands',
    ...COMMANDS.map(([name, help]) => `  ${name.padEnd(8)} ${help}`),
    '',
    'Tables of export, - or _; also --limit and --name (of an indicator)',
    `  ${EXPORT_TABLES.slice(0, WORDS_A_LINE).join(', ')},`,
    `  ${EXPORT_TABLES.slice(WORDS_A_LINE).join(', ')}`,
    '  quotes: only while TapeDeck runs; data-quality: the last five days, calendar: the coming thirty, unless --from tells',
    '',
    'Flags, each also an environment name (flag > environment > .env > settings file > default)',
    ...flags,
    '  --check-config, --version, --help',
    '',
    'Environment only; secrets also as NAME_FILE, the path of a file that holds the value',
    ...names,
    '',
  ].join('\n');
}
