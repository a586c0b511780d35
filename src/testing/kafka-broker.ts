import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, freePort } from './server-process.ts';

export interface KafkaBrokerOptions {
  /** Folder with the jars of `org.apache.kafka:kafka_2.13` and what it depends on. */
  readonly jarsDirectory: string;
  /** Reused when it already holds a log, so that a broker can be stopped and started again. */
  readonly dataDirectory: string;
  /** A free one by default. */
  readonly port?: number;
  /** Besides the plain one. */
  readonly listeners?: readonly KafkaListener[];
  /** Made when the log is formatted, as `SCRAM-SHA-256=[name=NAME,password=PASSWORD]`. */
  readonly scramCredentials?: readonly string[];
}

export interface KafkaListener {
  /** Upper case. */
  readonly name: string;
  readonly port: number;
  /** Of a proxy in front of it, where clients of this listener are told that the broker is. */
  readonly advertisedPort?: number;
  /** Plain by default. */
  readonly protocol?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Broker settings of this listener, without the prefix `listener.name.NAME.`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface KafkaBroker {
  readonly bootstrapServers: string;
  /** Stops it as an administrator would. */
  close(): Promise<void>;
  /** Ends it like a power cut. */
  kill(): Promise<void>;
}

const STARTUP_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

/** Starts one KRaft node on loopback and resolves when it accepts connections; throws with the tail of its output. */
export async function startKafkaBroker(options: KafkaBrokerOptions): Promise<KafkaBroker> {
  const port = options.port ?? (await freePort());
  const controllerPort = await freePort();
  mkdirSync(options.dataDirectory, { recursive: true });
  const propertiesFile = join(options.dataDirectory, 'server.properties');
  const logDirectory = join(options.dataDirectory, 'log');
  const outputFile = join(options.dataDirectory, 'broker.out');
  writeFileSync(propertiesFile, serverProperties(options, port, controllerPort, logDirectory));
  const classPath = join(options.jarsDirectory, '*');
  if (!existsSync(join(logDirectory, 'meta.properties'))) {
    // An id that begins with a dash would be taken for an option.
    const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
    const format = spawnSync(
      'java',
      [
        '-cp',
        classPath,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        propertiesFile,
        ...(options.scramCredentials ?? []).flatMap((credential) => ['--add-scram', credential]),
      ],
      { encoding: 'utf8' },
    );
    if (format.status !== 0) throw new Error(`Kafka storage was not formatted: ${format.error ?? format.stderr}`);
  }

  const output = openSync(outputFile, 'a');
  const child = spawn('java', ['-Xmx512m', '-Xms128m', '-cp', classPath, 'kafka.Kafka', propertiesFile], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const killWithParent = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killWithParent);
  child.once('exit', () => process.off('exit', killWithParent));
  try {
    await waitForPort(port, child);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`Kafka did not start: ${readFileSync(outputFile, 'utf8').slice(-2000)}`, { cause });
  }
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    close: () => endProcess(child, 'SIGTERM', STOP_TIMEOUT_MS),
    kill: () => endProcess(child, 'SIGKILL', STOP_TIMEOUT_MS),
  };
}

function serverProperties(
  { listeners = [] }: KafkaBrokerOptions,
  port: number,
  controllerPort: number,
  logDirectory: string,
): string {
  const bound = listeners.map((listener) => `,${listener.name}://127.0.0.1:${listener.port}`);
  const advertised = listeners.map(
    (listener) => `,${listener.name}://127.0.0.1:${listener.advertisedPort ?? listener.port}`,
  );
  const protocols = listeners.map((listener) => `,${listener.name}:${listener.protocol ?? 'PLAINTEXT'}`);
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${bound.join('')}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}${advertised.join('')}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols.join('')}`,
    `log.dirs=${logDirectory}`,
    'auto.create.topics.enable=false',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'controlled.shutdown.enable=false',
    ...listeners.flatMap(({ name, settings = {} }) =>
      Object.entries(settings).map(([key, value]) => `listener.name.${name.toLowerCase()}.${key}=${value}`),
    ),
    '',
  ].join('\n');
}

async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTUP_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Kafka exited with code ${child.exitCode}.`);
    if (await acceptsConnections(port)) return;
    await delay(100);
  }
  throw new Error(`Kafka did not listen on port ${port} within ${STARTUP_TIMEOUT_MS / 1000} s.`);
}

function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
