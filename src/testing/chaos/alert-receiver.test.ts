import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AlertReceiver, openAlertReceiver, type RepeatedAlert, unexplainedRepeats } from './alert-receiver.ts';

const recorded = new Set<string>();
let receiver: AlertReceiver;

beforeEach(async () => {
  recorded.clear();
  receiver = await openAlertReceiver({ answerMs: 0, isRecorded: (id) => Promise.resolve(recorded.has(id)) });
});

afterEach(() => receiver.close());

async function post(id: string): Promise<void> {
  const answer = receiver.nextAnswer();
  const response = await fetch(receiver.url, { method: 'POST', headers: { 'idempotency-key': id }, body: '{}' });
  expect(response.status).toBe(200);
  await answer;
}

test('an alert that comes once is no repeat', async () => {
  await post('a');
  await post('b');
  expect([...receiver.answered.keys()]).toEqual(['a', 'b']);
  expect(receiver.repeated).toEqual([]);
});

test('one that comes again is told with what the store says of it by then', async () => {
  await post('a');
  await post('a');
  recorded.add('a');
  await post('a');
  expect(receiver.repeated.map(({ id, wasRecorded }) => [id, wasRecorded])).toEqual([
    ['a', false],
    ['a', true],
  ]);
});

test.each([
  ['a kill between the answer and its record explains it', [150_000], false, 0],
  ['no kill does not', [], false, 1],
  ['a kill before it first came does not', [90_000], false, 1],
  ['a kill after it came again does not', [300_000], false, 1],
  ['nothing explains one that is recorded', [150_000], true, 1],
] as const)('of an alert that came again: %s', (_, killedMs, wasRecorded, count) => {
  const repeat: RepeatedAlert = { id: 'a', firstCameMs: 100_000, cameMs: 250_000, wasRecorded };
  expect(unexplainedRepeats([repeat], killedMs)).toHaveLength(count);
});
