import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../../bus/bus.ts';
import { openKafkaBus } from '../../bus/kafka/kafka-bus.ts';
import { silentLog } from '../../market/index.ts';
import type { StoredDeadLetter } from '../../store/index.ts';
import { sampleTrade } from '../../testing/bus-events.ts';
import { publishRawMessages } from '../../testing/kafka-raw-messages.ts';
import { deleteTopics, limitTopic } from '../../testing/kafka-topics.ts';
import { eventually, PipelineFixture } from '../../testing/pipeline-fixture.ts';
import { openPipeline } from '../open-pipeline.ts';
import type { Pipeline } from '../pipeline.ts';

const brokers = process.env['TAPEDECK_TEST_KAFKA'];
const ALL = { fromMs: null, toMs: null, limit: 100 };

if (brokers === undefined) {
  describe('dead letters on Kafka', () => {
    it.skip('needs a broker: set TAPEDECK_TEST_KAFKA to host:port', () => undefined);
  });
} else {
  describe('dead letters on Kafka', { timeout: 180_000 }, () => {
    const topicPrefix = `test-${randomUUID()}`;
    let fixture: PipelineFixture;
    let bus: Bus;
    let pipeline: Pipeline;

    beforeAll(async () => {
      fixture = await PipelineFixture.open();
      const options = { brokers: brokers.split(','), groupPrefix: topicPrefix, topicPrefix, barsTopic: null };
      bus = await openKafkaBus({ ...options, clientId: 'letters', partitionCount: 2, log: silentLog });
      pipeline = await openPipeline(fixture.options({ bus, roles: new Set(['analyze', 'persist']) }));
    }, 120_000);

    afterAll(async () => {
      await pipeline?.close();
      await bus?.close();
      await fixture?.close();
      await deleteTopics(brokers, topicPrefix);
    }, 60_000);

    const letters = (topic: string): Promise<readonly StoredDeadLetter[]> =>
      fixture.store.deadLetters({ ...ALL, topic });

    it('that a broker refused go through once it takes them, stored once though two retry', async () => {
      const topic = `${topicPrefix}-trades`;
      await limitTopic(brokers, topic, 4_000);
      const conditions = Array.from({ length: 2_000 }, () => '@');
      const huge = { ...sampleTrade(1, 'HUGE'), conditions };
      await bus.publish('trades', [huge, sampleTrade(2, 'HUGE')]);
      await eventually('it is a dead letter', async () => (await letters('trades')).length === 1);
      const [letter] = await letters('trades');
      await limitTopic(brokers, topic, 1_000_000);
      const id = letter?.id ?? -1;
      const retries = await Promise.allSettled([pipeline.deadLetters.retry(id), pipeline.deadLetters.retry(id)]);
      expect(retries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const stored = () => fixture.store.trades({ ...ALL, symbol: 'HUGE' });
      await eventually('both trades are stored', async () => (await stored()).length === 2);
      expect(await fixture.store.deadLetter(id)).toMatchObject({ state: 'retried', outcome: 'published to trades' });
    });

    it('that are wrong stay open with the reason of now, and are discarded', async () => {
      await publishRawMessages(brokers, `${topicPrefix}-trades`, ['{"version":1,"type":"trade","symbol":"']);
      const open = async () => (await letters('trades')).filter(({ state }) => state === 'open');
      await eventually('it is a dead letter', async () => (await open()).length === 1);
      const [letter] = await open();
      expect(letter).toMatchObject({ origin: 'trades', position: expect.any(Number) as number });
      const id = letter?.id ?? -1;
      expect(await pipeline.deadLetters.retry(id)).toMatchObject({ state: 'open', retries: 1 });
      expect(await pipeline.deadLetters.discard(id)).toMatchObject({ state: 'discarded' });
      expect(await fixture.store.countDeadLetters()).toBe(0);
    });
  });
}
