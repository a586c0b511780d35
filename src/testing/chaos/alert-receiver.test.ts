import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AlertReceiver, openAlertReceiver, type RepeatedAlert, unexplainedRepeats } from './alert-receiver.ts';

const recorded = new Set<string>();
let receiver: AlertReceiver;

beforeEach(async () => {
  recorded.clear();
  receiver = await openAlertReceiver({ answerMs: 20, isRecorded: (id) => Promise.resolve(recorded.has(id)) });
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

test('who did not hear the answer in time asks again, but not at once', () => {
  const repeat: RepeatedAlert = { id: 'a', firstCameMs: 100_000, cameMs: 105_200, wasRecorded: false };
  expect(unexplainedRepeats([repeat], [])).toEqual([]);
  expect(unexplainedRepeats([{ ...repeat, cameMs: 101_000 }], [])).toHaveLength(1);
  expect(unexplainedRepeats([{ ...repeat, wasRecorded: true }], [])).toHaveLength(1);
});

test('a post whose sender is gone when it is answered counts as never answered', async () => {
  const { hostname, port } = new URL(receiver.url);
  const socket = connect(Number(port), hostname);
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.end('POST / HTTP/1.1\r\nHost: x\r\nidempotency-key: a\r\ncontent-length: 0\r\n\r\n');
  socket.resume();
  await gone;
  expect([...receiver.answered.keys()]).toEqual([]);
  await post('a');
  expect(receiver.repeated).toEqual([]);
});
