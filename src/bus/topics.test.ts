import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
// The implementation that Kafka's own default partitioner was ported to, as an independent witness.
import kafkajsMurmur2 from 'kafkajs/src/producer/partitioners/default/murmur2.js';
import { murmur2 } from './murmur2.ts';
import { KeyPartitioner, topicName, topicNames } from './topics.ts';

describe('topic names', () => {
  it('are the prefix and the kind', () => {
    const naming = { prefix: 'stock', barsTopic: null };
    expect(topicName('trades', naming)).toBe('stock-trades');
    expect(topicName('dead-letters', naming)).toBe('stock-dead-letters');
  });

  it('let a user name the bars topic, and no other', () => {
    const names = topicNames({ prefix: 'mine', barsTopic: 'stock_prices' });
    expect(names.get('bars')).toBe('stock_prices');
    expect(names.get('trades')).toBe('mine-trades');
  });

  it('are refused when Kafka would refuse them or two topics would share one', () => {
    for (const naming of [
      { prefix: 'a b', barsTopic: null },
      { prefix: '', barsTopic: '' },
      { prefix: 'stock', barsTopic: 'stock-trades' },
      { prefix: 'x'.repeat(250), barsTopic: null },
    ]) {
      expect(() => topicNames(naming), JSON.stringify(naming)).toThrow(expect.objectContaining({ code: 'bad-config' }));
    }
  });
});

describe('the partition of a key', () => {
  it('is the one Kafka chooses', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (key) => {
        expect(murmur2(Buffer.from(key, 'utf8'))).toBe(kafkajsMurmur2(key));
      }),
      { numRuns: 1000 },
    );
  });

  it('matches the vectors of the Java client', () => {
    // org.apache.kafka.common.utils.UtilsTest.testMurmur2
    const vectors = { '21': -973_932_308, foobar: -790_332_482, 'a-little-bit-long-string': -985_981_536 };
    for (const [key, hash] of Object.entries(vectors)) expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('stays the same and within the count', () => {
    const partitioner = new KeyPartitioner(8);
    for (const key of ['AAPL', 'MSFT', 'BRK.B', '']) {
      const partition = partitioner.partitionOf(key);
      expect(partition).toBe(partitioner.partitionOf(key));
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(8);
    }
    expect(new KeyPartitioner(1).partitionOf('AAPL')).toBe(0);
  });
});
