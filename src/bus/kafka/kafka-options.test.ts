import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../market/index.ts';
import { assignNumbers } from './co-partition-assigner.ts';
import { openKafkaBus } from './kafka-bus.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaBusOptions } from './kafka-options.ts';

const OPTIONS: KafkaBusOptions = {
  brokers: ['127.0.0.1:1'],
  clientId: 'test',
  groupPrefix: 'test',
  topicPrefix: 'test',
  barsTopic: null,
  log: silentLog,
};

describe('opening the bus on Kafka', () => {
  it('refuses options that cannot be right, before any connection', async () => {
    const wrong: readonly Partial<KafkaBusOptions>[] = [
      { brokers: [] },
      { brokers: ['localhost'] },
      { brokers: ['localhost:99999'] },
      { brokers: ['::1:9092'] },
      { brokers: ['kafka://localhost:9092'] },
      { clientId: '' },
      { groupPrefix: 'my\ngroup' },
      { topicPrefix: 'my topics' },
      { barsTopic: '' },
      { partitionCount: 0 },
      { sasl: { mechanism: 'plain', username: 'me', password: '' } },
    ];
    for (const change of wrong) {
      await expect(openKafkaBus({ ...OPTIONS, ...change }), JSON.stringify(change)).rejects.toMatchObject({
        code: 'bad-config',
      });
    }
  });

  it('tells that the broker is away and goes on trying until it is given up', async () => {
    const giveUp = new AbortController();
    const details: string[] = [];
    const opening = openKafkaBus({
      ...OPTIONS,
      signal: giveUp.signal,
      onState: (state) => {
        details.push(state.detail);
        giveUp.abort();
      },
    });
    await expect(opening).rejects.toMatchObject({ code: 'closed' });
    expect(details[0]).toContain('Kafka cannot be reached');
  });

  it('is given up at once where a broker takes the connection and says nothing', { timeout: 15_000 }, async () => {
    const giveUp = new AbortController();
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket);
      socket.once('data', () => giveUp.abort());
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const opening = openKafkaBus({ ...OPTIONS, brokers: [`127.0.0.1:${port}`], signal: giveUp.signal });
    await expect(opening).rejects.toMatchObject({ code: 'closed' });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

describe('an error of kafkajs', () => {
  it('gets the code that tells what can be done about it', () => {
    const wrap = (cause: object): Error => new Error('outer', { cause });
    const codeOf = (error: object): string => kafkaError(wrap(error)).code;
    expect(codeOf({ name: 'KafkaJSSASLAuthenticationError', message: 'no' })).toBe('unauthorized');
    expect(codeOf({ type: 'TOPIC_AUTHORIZATION_FAILED', message: 'no' })).toBe('unauthorized');
    expect(codeOf({ type: 'MESSAGE_TOO_LARGE', message: 'no' })).toBe('bad-message');
    expect(codeOf({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'no' })).toBe('bad-config');
    expect(kafkaError(wrap({ code: 'ECONNREFUSED', message: 'no' }))).toMatchObject({
      code: 'connection-lost',
      retryable: true,
    });
  });
});

describe('partitions among members', () => {
  it('are dealt so that one number of all topics is with one member', () => {
    const counts = new Map([
      ['trades', 5],
      ['candles', 5],
    ]);
    const assignments = assignNumbers(['a', 'b'], counts);
    expect(assignments.get('a')).toEqual({ trades: [0, 2, 4], candles: [0, 2, 4] });
    expect(assignments.get('b')).toEqual({ trades: [1, 3], candles: [1, 3] });
  });

  it('leave members over when there are more of them', () => {
    const assignments = assignNumbers(['a', 'b', 'c'], new Map([['trades', 2]]));
    expect([...assignments.values()]).toEqual([{ trades: [0] }, { trades: [1] }, {}]);
  });
});
