import type { Settings } from '../../contract/index.ts';
import type { KafkaSasl } from '../../bus/index.ts';
import type { FeedName, MockOptions } from '../../feeds/index.ts';
import type { DatasetName } from '../../market/index.ts';
import type { IndicatorPeriods } from '../../analysis/index.ts';
import type { AlertThresholds, Role } from '../../pipeline/pipeline.ts';
import type { RetentionPolicy } from '../../store/store.ts';
import type { BundledConfig } from './bundled-config.ts';
import type { LogLevel } from './setting-table.ts';

type StackName = 'embedded' | 'bundled' | 'remote';
export type HostKind = 'desktop' | 'web' | 'worker' | 'export';

/** Absolute paths. */
export interface Folders {
  readonly dataDir: string;
  readonly configDir: string;
  readonly logDir: string;
}

/** PEM files, as absolute paths. */
export interface KafkaTlsConfig {
  /** Null trusts the authorities that Node knows. */
  readonly caFile: string | null;
  readonly certificateFile: string | null;
  readonly keyFile: string | null;
  readonly keyPassword: string | null;
  /** The name that the brokers' certificates hold, where it is not their address. */
  readonly serverName: string | null;
}

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  /** Full name of the bars topic where the user chose one. */
  readonly barsTopic: string | null;
  readonly group: string;
  /** Where a `serve` host starts to read. */
  readonly startAt: 'latest' | 'earliest';
  /** Null where nothing is encrypted. */
  readonly tls: KafkaTlsConfig | null;
  readonly sasl: KafkaSasl | null;
}

export interface AlpacaConfig {
  readonly keyId: string | null;
  readonly secretKey: string | null;
  readonly dataFeed: Settings['alpacaDataFeed'];
  /** Null keeps the provider's own address. */
  readonly streamUrl: string | null;
  readonly dataUrl: string | null;
  readonly tradingUrl: string | null;
  readonly pollIntervalMs: number | null;
}

interface ReplayConfig {
  /** Absolute path. */
  readonly file: string;
  readonly speed: number | 'max';
  /** CSV column names in file order, as given; null to read them from the header. */
  readonly columns: string | null;
}

export interface WebConfig {
  readonly host: string;
  readonly port: number;
  /** A port somebody asked for is that port or an error; the default one may move up. */
  readonly wasPortAsked: boolean;
  readonly token: string | null;
  readonly allowedHosts: readonly string[];
  readonly doesTrustProxy: boolean;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null;
}

/** The whole configuration of one host, checked: nothing after this reads flags or the environment. */
export interface Config {
  readonly hostKind: HostKind;
  readonly stack: StackName;
  readonly feed: FeedName;
  readonly dataset: DatasetName;
  /** Whether somebody chose the dataset; otherwise it follows from the feed. */
  readonly wasDatasetAsked: boolean;
  readonly symbols: readonly string[];
  readonly roles: ReadonlySet<Role>;
  readonly dataDir: string;
  readonly configDir: string;
  readonly attachUrl: string | null;
  readonly web: WebConfig;
  readonly metricsPort: number | null;
  readonly replay: ReplayConfig | null;
  readonly recordFile: string | null;
  readonly mock: MockOptions;
  readonly kafka: KafkaConfig;
  /** Null on the embedded stack. Holds the password. */
  readonly postgresDsn: string | null;
  readonly bundled: BundledConfig;
  readonly alpaca: AlpacaConfig;
  /** Where alerts are posted, null for nowhere. The address is a secret. */
  readonly webhook: { readonly url: string; readonly allowsPrivate: boolean } | null;
  readonly indicatorPeriods: IndicatorPeriods;
  readonly alertThresholds: AlertThresholds;
  readonly retention: RetentionPolicy;
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'text'; readonly file: string };
}

/** One line of `--check-config`. */
export interface EffectiveSetting {
  /** Secrets masked. */
  readonly value: unknown;
  /** `flag --stack`, `environment KAFKA_TOPIC`, `/path/.env KAFKA_TOPIC`, `settings file`, `default`. */
  readonly from: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly effective: Readonly<Record<string, EffectiveSetting>>;
  /** One sentence for each name that was given and has no effect. */
  readonly ignored: readonly string[];
}
