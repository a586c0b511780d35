import { beforeEach, expect, test } from 'vitest';
import { PageConnections } from './page-connections.ts';

let handedOut: string[];
let connections: PageConnections<string>;

const taker =
  (name: string) =>
  (requests: string, frames: string): void =>
    void handedOut.push(`${name}: ${requests} ${frames}`);

beforeEach(() => {
  handedOut = [];
  let opened = 0;
  connections = new PageConnections(() => {
    opened++;
    return { port1: `page${opened}`, port2: `pipeline${opened}` };
  });
});

test('a page and the process get the two ends of the same channels', () => {
  connections.processStarted(taker('process'));
  connections.connect(1, taker('page'));
  expect(handedOut).toEqual(['process: pipeline1 pipeline2', 'page: page1 page2']);
});

test('a page that asks after a crash is joined to the next process, not to nobody', () => {
  connections.processStarted(taker('crashed process'));
  connections.processEnded();
  connections.connect(1, taker('page'));
  expect(handedOut).toEqual([]);
  connections.processStarted(taker('next process'));
  expect(handedOut).toEqual(['next process: pipeline1 pipeline2', 'page: page1 page2']);
  connections.processEnded();
  connections.processStarted(taker('third process'));
  expect(handedOut).toHaveLength(2);
});

test('of a page that asks again while it waits, only the latest request is answered', () => {
  connections.connect(1, taker('given up'));
  connections.connect(2, taker('other page'));
  connections.connect(1, taker('page'));
  connections.processStarted(() => undefined);
  expect(handedOut).toEqual(['page: page1 page2', 'other page: page3 page4']);
});
