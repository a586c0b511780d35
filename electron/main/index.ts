import { app, dialog } from 'electron';
import { TapedeckError } from '../../src/market/index.ts';
import { loadProcessConfig } from '../../src/hosts/boot.ts';
import { parseFlags } from '../../src/hosts/config/parse-flags.ts';
import type { LoadedConfig } from '../../src/hosts/config/config.ts';
import { onStarterGone, tellStarter } from '../../src/hosts/starter.ts';
import { registerAppScheme } from './app-protocol.ts';
import { DesktopApp } from './desktop-app.ts';
import { launchFlags } from './launch-flags.ts';

const EXIT_BAD_USAGE = 2;

const ownFlags = launchFlags(process.argv, app.isPackaged);

function readConfig(): LoadedConfig {
  const surroundings = { environment: process.env, workingDir: process.cwd() };
  return loadProcessConfig('desktop', parseFlags(ownFlags).flags, surroundings, () => ({}));
}

async function run(): Promise<void> {
  const loaded = readConfig();
  app.setName('TapeDeck');
  app.setAppUserModelId('org.tapedeck.TapeDeck');
  app.setPath('userData', loaded.config.configDir);
  registerAppScheme();
  if (!app.requestSingleInstanceLock({ symbols: [...loaded.config.symbols] })) {
    process.stderr.write('TapeDeck is already running with this configuration; its window was brought to the front.\n');
    app.exit(0);
    return;
  }
  const desktop = new DesktopApp({ config: loaded.config, flags: ownFlags });
  app.on('second-instance', (_event, _commandLine, _workingDir, given) => {
    desktop.show((given as { symbols?: readonly string[] }).symbols?.[0] ?? null);
  });
  await app.whenReady();
  tellStarter();
  desktop.open();
  onStarterGone(() => app.quit());
}

function fail(error: unknown): void {
  tellStarter();
  const known = TapedeckError.from(error);
  process.stderr.write(`tapedeck: ${known.userMessage.replaceAll('\n', '\ntapedeck: ')}\n`);
  if (app.isPackaged && !process.stderr.isTTY) dialog.showErrorBox('TapeDeck cannot start', known.userMessage);
  app.exit(known.code === 'bad-config' ? EXIT_BAD_USAGE : 1);
}

// Whoever read what is said may be gone before us, as `| tee` is after Ctrl+C: no reason for a dialog that holds up the end.
process.stderr.on('error', () => undefined);
// Not awaited: Electron is ready only after this module has been evaluated.
run().catch(fail);
