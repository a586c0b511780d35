import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../market/index.ts';
import type { Log } from '../market/index.ts';
import type { Notifier } from '../notify/notifier.ts';
import { acquireDataFolderLock, announceBeside } from '../store/index.ts';
import type { DataFolderLock } from '../store/index.ts';
import { openStackController } from './bundled/open-stack-controller.ts';
import type { Config, HostKind, LoadedConfig, WebConfig } from './config/config.ts';
import { SETTINGS_FILE } from './config/setting-resolver.ts';
import type { HostLog } from './log/host-log.ts';
import { secretsOf } from './log/secret-mask.ts';
import { openReaders } from './open-readers.ts';
import { PipelineHost } from './pipeline-host.ts';
import { PrometheusMetrics } from './prometheus-metrics.ts';
import { createRequestRouter } from './request-router.ts';
import type { RequestRouter } from './request-router.ts';
import type { SecretStore, SettingsStore } from './settings/settings-store.ts';
import { createStackOpener } from './stack.ts';
import { Teardown } from './teardown.ts';
import { AccessControl, ownToken } from './web/access-control.ts';
import type { HttpHost } from './web/http-host.ts';
import type { MetricsHost } from './web/metrics-host.ts';
import { RequestOrigin } from './web/request-origin.ts';
import type { UiFolder } from './web/static-ui.ts';

export interface OpenHostOptions {
  readonly version: string;
  readonly loaded: LoadedConfig;
  /** Reads the configuration again, for a restart after settings or keys changed. */
  readonly reload: () => LoadedConfig;
  readonly settings: SettingsStore;
  readonly secrets: SecretStore;
  /** The channel that only a desktop has; null on every other host. */
  readonly desktopNotifier: Notifier | null;
  /** Where browsers find the UI; null where they are not served. */
  readonly ui: UiFolder | null;
  /** Shows a one-use sign-in link to whoever runs this host. */
  readonly showLink: (url: string) => void;
  /** Of this process: by it Docker is found. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called before the pipeline is opened: lists and settings need none, and what does is answered once it is there. */
  readonly onScreens?: (services: ScreenServices) => void;
  readonly log: HostLog;
}

/** What a screen is answered from. */
export interface ScreenServices {
  readonly pipelineHost: PipelineHost;
  /** Answers screens, over whatever line the host has to them. */
  readonly router: RequestRouter;
}

export interface Host extends ScreenServices {
  /** Null where this host does not listen. */
  readonly http: HttpHost | null;
  /** Drains the pipeline, closes what listens, gives the data folder back. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens everything a configuration asks for, whatever the host: lock of the data folder, HTTP, metrics, pipeline. Rejects
 * with nothing left open. A broker or database that is away is no reason to reject: see `PipelineHost.start`.
 */
export async function openHost(options: OpenHostOptions): Promise<Host> {
  const { loaded, settings, log } = options;
  const { config } = loaded;
  const opened = new Teardown();
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= opened.run());
  try {
    // Kept from the first embedded pipeline on, also while it has moved to the bundled stack and may come back.
    let heldLock: DataFolderLock | null = null;
    let http: HttpHost | null = null;
    const lockFolder = async (): Promise<DataFolderLock> => {
      if (heldLock !== null) return heldLock;
      heldLock = await acquireDataFolderLock(config.dataDir, Date.now());
      if (http !== null) await heldLock.announce(http.url);
      return heldLock;
    };
    opened.add(async () => heldLock?.release());
    if (config.stack === 'embedded') await lockFolder();
    const ownHostId = newHostId(config.hostKind);
    const metrics = new PrometheusMetrics();
    const pipelineHost: PipelineHost = new PipelineHost({
      version: options.version,
      loaded,
      reload: () => {
        const reloaded = options.reload();
        log.hide(secretsOf(reloaded.config));
        return reloaded;
      },
      openStack: async (asked, hooks) => {
        await readers.makeWayFor(asked.stack);
        const isEmbedded = asked.stack === 'embedded';
        const openStack = createStackOpener({
          version: options.version,
          hostId: isEmbedded ? LOCKED_HOST_ID : ownHostId,
          lock: isEmbedded ? await lockFolder() : null,
          desktopNotifier: options.desktopNotifier,
          metrics,
          maskSecrets: (text) => log.mask(text),
          log,
        });
        return openStack(asked, hooks);
      },
      settings,
      clock: systemClock,
      log,
    });
    const readers = openReaders({ pipelineHost, lock: () => heldLock, log });
    opened.add(() => readers.close());
    const stack = openStackController({ ...options, pipelineHost });
    const router = createRequestRouter({
      stack,
      desk: () => pipelineHost.openedDesk(),
      store: () => pipelineHost.openedStore(),
      deadLetters: () => pipelineHost.deadLetters(),
      backfills: () => pipelineHost.backfills(),
      status: () => pipelineHost.status(),
      health: () => pipelineHost.health(),
      onEvent: (listener) => pipelineHost.onEvent(listener),
      watchlists: () => pipelineHost.watchlists(),
      applyWatchlists: () => pipelineHost.applyWatchlists(),
      restartPipeline: () => pipelineHost.restart(),
      settings,
      secrets: hiddenSecrets(options.secrets, log),
      alertThresholds: config.alertThresholds,
      indicatorPeriods: config.indicatorPeriods,
      log,
    });
    const web = listeningOf(config, config.stack !== 'remote');
    const token = web === null && config.metricsPort === null ? '' : await ownToken(config.web.token, config.dataDir);
    log.hide([token]);
    const listen = async (): Promise<HttpHost | null> => {
      if (web === null) return null;
      const { openHttpHost } = await import('./web/http-host.ts');
      const listening = await opened.keep(
        openHttpHost({
          web,
          version: options.version,
          token,
          pipelineHost,
          readers,
          stack,
          settings,
          screens: options.ui === null ? null : { router, ui: options.ui },
          metrics,
          showLink: options.showLink,
          clock: systemClock,
          log,
        }),
      );
      await heldLock?.announce(listening.url);
      if (mayMoveBack(loaded)) {
        const beside = await announceBeside(config.dataDir, listening.url, Date.now());
        opened.add(() => beside.release());
      }
      return listening;
    };
    options.onScreens?.({ pipelineHost, router });
    // A port that the user asked for is refused, and shows what the start waits for, before the pipeline is opened; one for
    // our own commands has no part in the first price on the screen.
    const isAsked = config.hostKind === 'web' || config.web.wasPortAsked;
    if (isAsked) http = await listen();
    if (config.metricsPort !== null) await opened.keep(openMetrics(config, token, pipelineHost, metrics, log));
    opened.add(() => pipelineHost.close());
    opened.add(() => stack.close());
    await pipelineHost.start();
    if (!isAsked) http = await listen();
    return { pipelineHost, router, http, close };
  } catch (error) {
    await close().catch((failure: unknown) => log.warn({ error: failure }, 'not everything opened could be closed'));
    throw error;
  }
}

/** Hidden before it is stored, so that no word about a failure to store it shows it. */
function hiddenSecrets(secrets: SecretStore, log: HostLog): SecretStore {
  return {
    states: () => secrets.states(),
    setSecret: (name, value) => {
      if (value !== null) log.hide([value]);
      return secrets.setSecret(name, value);
    },
  };
}

/** On the bundled stack because Settings say so: `stack down` has to find it, though it does not hold the data folder. */
function mayMoveBack({ config, effective }: LoadedConfig): boolean {
  return config.stack === 'bundled' && effective['stack']?.from === SETTINGS_FILE;
}

/**
 * The web host listens where it was told; whoever holds a data folder, or may come to, listens at least on this machine, so
 * that commands which find the folder in use can go through it.
 */
function listeningOf(config: Config, mayHoldFolder: boolean): WebConfig | null {
  if (config.hostKind === 'web' || config.web.wasPortAsked) return config.web;
  if (!mayHoldFolder) return null;
  return { ...config.web, host: '127.0.0.1', port: 0, wasPortAsked: true, tls: null };
}

async function openMetrics(
  config: Config,
  token: string,
  pipelineHost: PipelineHost,
  metrics: PrometheusMetrics,
  log: Log,
): Promise<MetricsHost> {
  const { openMetricsHost } = await import('./web/metrics-host.ts');
  const opened = await openMetricsHost({
    host: config.web.host,
    port: config.metricsPort ?? 0,
    tls: config.web.tls,
    access: new AccessControl(token, systemClock),
    // By that name the containers of the bundled stack call this machine.
    origin: new RequestOrigin(config.web.host, [...config.web.allowedHosts, 'host.docker.internal']),
    notReady: () => pipelineHost.notReady(),
    metrics,
  });
  log.info({ host: config.web.host, port: opened.port }, 'metrics are at /metrics');
  return opened;
}

/** Whoever holds the folder is the only host on it; after a crash the next one takes the leases of this name over at once. */
const LOCKED_HOST_ID = 'embedded';

/** Unique per running host, and fit for the names of Kafka clients and groups. */
function newHostId(kind: HostKind): string {
  const machine = hostname()
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .slice(0, 40);
  return `${kind}-${machine}-${process.pid}-${randomBytes(3).toString('hex')}`;
}
