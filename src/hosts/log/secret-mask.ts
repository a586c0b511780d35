import type { Config } from '../config/config.ts';

const BUNDLED_SECRETS = ['POSTGRES_PASSWORD', 'PGADMIN_PASSWORD', 'GRAFANA_PASSWORD'];

/** Shorter ones would hit ordinary words, and nobody issues them. */
const SHORTEST_SECRET = 4;

/** Hides values that must never appear, wherever they turn up in a text; it learns new ones while the program runs. */
export class SecretMask {
  readonly #texts = new Set<string>();
  #longestFirst: readonly string[] = [];

  constructor(secrets: readonly string[] = []) {
    this.add(secrets);
  }

  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < SHORTEST_SECRET) continue;
      this.#texts.add(secret);
      this.#texts.add(JSON.stringify(secret).slice(1, -1));
    }
    this.#longestFirst = [...this.#texts].sort((a, b) => b.length - a.length);
  }

  apply(text: string): string {
    return this.#longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  }
}

/** Every secret of a configuration. */
export function secretsOf(config: Config): readonly string[] {
  const fromDsn = config.postgresDsn === null ? '' : new URL(config.postgresDsn).password;
  const secrets = [
    config.alpaca.keyId,
    config.alpaca.secretKey,
    config.web.token,
    config.webhook?.url ?? null,
    config.kafka.sasl?.password ?? null,
    config.kafka.tls?.keyPassword ?? null,
    ...BUNDLED_SECRETS.map((name) => config.bundled.environment[name] ?? null),
    config.postgresDsn,
    fromDsn,
    decodeURIComponent(fromDsn),
  ];
  return secrets.filter((secret) => secret !== null);
}
