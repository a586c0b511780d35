import { describe, expect, test } from 'vitest';
import { loadGiven as load } from '../../testing/given-config.ts';

const MADE = {
  '/p/config/bundled-stack.env':
    "KAFKA_PORT='9192'\nPOSTGRES_PORT='5532'\nPOSTGRES_USER='me'\nPOSTGRES_PASSWORD='made'\n",
};
const args = ['--stack', 'bundled'];

describe('the bundled stack', () => {
  test('the bundled stack is the compose file on this machine', () => {
    const { config } = load({ args: ['--stack', 'bundled'] });
    expect(config.kafka.brokers).toEqual(['127.0.0.1:9092']);
    expect(config.postgresDsn).toBe('postgresql://tapedeck@127.0.0.1:5432/tapedeck');
    expect([...config.roles]).toEqual(['ingest', 'analyze', 'persist', 'notify', 'serve']);
  });

  test('the bundled stack is reached as it was started last, and as was said where something was', () => {
    const stackFile = "KAFKA_PORT='9192'\nPOSTGRES_PORT='5532'\nPOSTGRES_USER='me'\nPOSTGRES_PASSWORD='made'\n";
    const files = { '/p/config/bundled-stack.env': stackFile };
    const asStarted = load({ args: ['--stack', 'bundled'], files }).config;
    expect(asStarted.kafka.brokers).toEqual(['127.0.0.1:9192']);
    expect(asStarted.postgresDsn).toBe('postgresql://me:made@127.0.0.1:5532/tapedeck');
    const environment = { POSTGRES_PASSWORD: 'given', KAFKA_PORT: '9292' };
    const asGiven = load({ args: ['--stack', 'bundled'], files, environment }).config;
    expect(asGiven.kafka.brokers).toEqual(['127.0.0.1:9292']);
    expect(asGiven.postgresDsn).toBe('postgresql://me:given@127.0.0.1:5532/tapedeck');
    expect(asGiven.bundled.environment).toMatchObject({ POSTGRES_PASSWORD: 'given', KAFKA_PORT: '9292' });
  });

  test('a database address on this machine is what the bundled database is made with; one elsewhere is not', () => {
    const bundledWith = (dsn: string) => load({ environment: { POSTGRES_DSN: dsn } }).config.bundled.environment;
    expect(bundledWith('postgresql://u:p@localhost:5433/d')).toMatchObject({
      POSTGRES_USER: 'u',
      POSTGRES_PASSWORD: 'p',
      POSTGRES_PORT: '5433',
      POSTGRES_DB: 'd',
    });
    expect(bundledWith('postgresql://u:p@db.example/d')).not.toHaveProperty('POSTGRES_PASSWORD');
  });

  test.each([
    ['KAFKA_BOOTSTRAP_SERVERS', '127.0.0.1:9192,kafka.example:9092'],
    ['POSTGRES_DSN', 'postgresql://writer:theirs@db.example:6432/prices?sslmode=verify-full'],
    ['POSTGRES_HOST', 'db.example'],
  ])('never goes to the server elsewhere that %s names, and says so', (name, value) => {
    const { config, ignored, effective } = load({ args, files: MADE, environment: { [name]: value } });
    expect(config.kafka.brokers).toEqual(['127.0.0.1:9192']);
    expect(config.postgresDsn).toBe('postgresql://me:made@127.0.0.1:5532/tapedeck');
    expect(ignored).toEqual([
      `${name}: --stack bundled is Kafka and TimescaleDB of docker-compose.yml on this machine; choose --stack remote for others`,
    ]);
    expect(Object.values(effective).map(({ from }) => from)).not.toContain(`environment ${name}`);
  });

  test('takes neither user, password nor certificates that were meant for servers elsewhere', () => {
    const environment = {
      KAFKA_BOOTSTRAP_SERVERS: 'kafka.example',
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_USERNAME: 'them',
      KAFKA_SASL_PASSWORD: 'their-secret',
      POSTGRES_HOST: 'db.example',
      POSTGRES_PORT: '6432',
      POSTGRES_USER: 'writer',
      POSTGRES_PASSWORD: 'their-secret',
      POSTGRES_SSLMODE: 'require',
    };
    const { config } = load({ args, files: MADE, environment });
    expect(config.kafka).toMatchObject({ tls: null, sasl: null });
    expect(config.postgresDsn).toBe('postgresql://me:made@127.0.0.1:5532/tapedeck');
    // Also where it is only about to be started.
    for (const bundled of [config.bundled, load({ files: MADE, environment }).config.bundled]) {
      expect(bundled.environment).toMatchObject({
        POSTGRES_PORT: '5532',
        POSTGRES_USER: 'me',
        POSTGRES_PASSWORD: 'made',
      });
    }
  });

  test.each([
    ['KAFKA_BOOTSTRAP_SERVERS', 'localhost:9292', ['localhost:9292'], 'postgresql://me:made@127.0.0.1:5532/tapedeck'],
    ['POSTGRES_HOST', '127.0.0.1', ['127.0.0.1:9192'], 'postgresql://me:made@127.0.0.1:5532/tapedeck'],
    ['POSTGRES_DSN', 'postgresql://localhost:5533/x', ['127.0.0.1:9192'], 'postgresql://me:made@localhost:5533/x'],
    ['POSTGRES_DSN', 'postgresql://u:p@[::1]/x', ['127.0.0.1:9192'], 'postgresql://u:p@[::1]/x'],
  ])(
    'is reached as %s=%s says, which is this machine, with the password that was made',
    (name, value, brokers, dsn) => {
      const { config, ignored } = load({ args, files: MADE, environment: { [name]: value } });
      expect([config.kafka.brokers, config.postgresDsn]).toEqual([brokers, dsn]);
      expect(ignored).toEqual([]);
    },
  );

  test('grows beyond the cap of the data folder, unless one was given', () => {
    expect(load().config.retention.maxBytes).toBe(10e9);
    const { config, effective } = load({ args });
    expect([config.retention.maxBytes, effective['maxGigabytes']]).toEqual([null, { value: null, from: 'derived' }]);
    const environment = { TAPEDECK_MAX_GB: '50' };
    expect(load({ args, environment }).config.retention.maxBytes).toBe(50e9);
    expect(load({ environment }).effective['maxGigabytes']).toMatchObject({ value: 50 });
  });
});
