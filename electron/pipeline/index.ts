import type { MessageEvent } from 'electron';
import { loadHostConfig } from '../../src/hosts/boot.ts';
import { boundHeap } from '../../src/hosts/bound-heap.ts';
import { DeskAlerts } from '../../src/hosts/attach/desk-alerts.ts';
import { parseFlags } from '../../src/hosts/config/parse-flags.ts';
import type { LoadedConfig } from '../../src/hosts/config/config.ts';
import { DamagedDatabaseError } from '../../src/hosts/damaged-database-error.ts';
import { openHostLog } from '../../src/hosts/log/host-log.ts';
import { secretsOf } from '../../src/hosts/log/secret-mask.ts';
import { openHost } from '../../src/hosts/open-host.ts';
import { ownVersion } from '../../src/hosts/own-version.ts';
import { setAsideDatabase } from '../../src/hosts/set-aside-database.ts';
import { openSettings } from '../../src/hosts/settings/conf-settings-store.ts';
import { type Alert, systemClock, TapedeckError } from '../../src/market/index.ts';
import { AttachedScreens } from './attached-screens.ts';
import { KeychainSecretStore } from './keychain-secret-store.ts';
import { LocalScreens } from './local-screens.ts';
import { MainClient } from './main-client.ts';
import type { MainToPipeline, PipelineToMain, StartMessage } from './messages.ts';
import { NativeNotifier } from './native-notifier.ts';
import type { Screens } from './screens.ts';

const NOTIFICATION_TIMEOUT_MS = 15_000;

boundHeap();
const parent = process.parentPort;
const send = (message: PipelineToMain): void => parent.postMessage(message);
const main = new MainClient(send);

/** Windows may connect before there is anything to answer them; they wait for it. */
let tellScreens: (screens: Screens) => void = () => undefined;
const screensReady = new Promise<Screens>((resolve) => {
  tellScreens = resolve;
});
let opening: Promise<void> = Promise.resolve();
let closeHost: () => Promise<void> = () => Promise.resolve();
let closeParts: () => void = () => undefined;

async function open({ keychain, notice, setsDatabaseAside }: StartMessage): Promise<void> {
  const { flags } = parseFlags(process.argv.slice(2));
  const secrets = new KeychainSecretStore(main, keychain);
  const load = (): LoadedConfig =>
    loadHostConfig('desktop', flags, { environment: process.env, workingDir: process.cwd() }, () => secrets.secrets);
  const loaded = load();
  const log = openHostLog({
    settings: loaded.config.log,
    writeError: (line) => process.stderr.write(line),
    secrets: secretsOf(loaded.config),
  });
  for (const line of loaded.ignored) log.warn({ setting: line }, 'a setting has no effect');
  const { attachUrl, web } = loaded.config;
  if (attachUrl !== null) {
    closeParts = () => log.close();
    if (web.token === null) {
      throw new TapedeckError('bad-config', 'attaching needs a token', {
        userMessage: `--url ${attachUrl}: set TAPEDECK_TOKEN to the token that the TapeDeck there runs with.`,
      });
    }
    const attached = new AttachedScreens({
      url: attachUrl,
      token: web.token,
      log,
      // Whether they are wanted says the host that is attached to.
      onAlert: showWith(new NativeNotifier(main, () => true)),
    });
    closeHost = () => attached.close();
    tellScreens(attached);
    return;
  }
  const settings = openSettings({ configDir: loaded.config.configDir, clock: systemClock });
  settings.onNotice((text) => log.warn({ notice: text }, 'settings'));
  closeParts = () => {
    settings.close();
    log.close();
  };
  if (setsDatabaseAside) {
    const kept = await setAsideDatabase(loaded.config, Date.now());
    log.warn({ kept }, 'the damaged database is kept aside and a new one begun');
  }
  const notifier = new NativeNotifier(main, () => settings.settings().notifications);
  const host = await openHost({
    version: ownVersion(),
    loaded,
    reload: load,
    settings,
    secrets,
    desktopNotifier: notifier,
    ui: null,
    environment: process.env,
    showLink: () => undefined,
    onScreens: (services) => tellScreens(new LocalScreens(services)),
    log,
  });
  const alerts = new DeskAlerts({ pipelineHost: host.pipelineHost, log, onAlert: showWith(notifier) });
  closeHost = async () => {
    alerts.close();
    await host.close();
  };
  if (notice !== null) {
    host.pipelineHost.emit({ type: 'notice', level: 'warning', text: notice, key: 'pipeline-restart' });
  }
}

/** For alerts that `notify` delivers elsewhere; nobody records whether they were seen here. */
function showWith(notifier: NativeNotifier): (alert: Alert) => void {
  return (alert) => void notifier.deliver(alert, AbortSignal.timeout(NOTIFICATION_TIMEOUT_MS));
}

async function start(message: StartMessage): Promise<void> {
  opening = open(message);
  try {
    await opening;
    send({ type: 'ready' });
  } catch (error) {
    const known = TapedeckError.from(error);
    send({
      type: 'failed',
      userMessage: known.userMessage,
      isBadConfig: known.code === 'bad-config',
      databaseDamage: known instanceof DamagedDatabaseError ? known.damage : null,
    });
  }
}

async function stop(): Promise<void> {
  try {
    await opening;
    await closeHost();
  } finally {
    closeParts();
    process.exit(0);
  }
}

async function connect({ ports }: MessageEvent): Promise<void> {
  const [requests, frames] = ports;
  if (requests === undefined || frames === undefined) return;
  const screens = await screensReady;
  screens.connect(requests, frames);
}

// A terminal's Ctrl+C, or its end, reaches every process of the group, and this one must live until main has let it drain.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// So it must when a `tee` that reads what it says has ended by the same Ctrl+C.
process.stderr.on('error', () => undefined);

parent.on('message', (event) => {
  const message = event.data as MainToPipeline;
  switch (message.type) {
    case 'start':
      void start(message);
      break;
    case 'connect':
      void connect(event);
      break;
    case 'answer':
      main.receive(message.id, message.answer);
      break;
    case 'stop':
      void stop();
      break;
  }
});
