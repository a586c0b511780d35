import { expect, it } from 'vitest';
import { TapedeckError, silentLog } from '../../market/index.ts';
import type { BusState } from '../bus.ts';
import { KafkaState } from './kafka-state.ts';

it('tells what fails and works again, but not what was closed on purpose', () => {
  const told: BusState[] = [];
  const state = new KafkaState('connected', silentLog, (now) => told.push(now));
  state.works('start');
  state.fails('publisher', new TapedeckError('connection-lost', 'no broker'));
  state.works('publisher');
  state.close();
  state.fails('group', new TapedeckError('connection-lost', 'no broker'));
  state.works('group');
  expect(told.map(({ detail }) => detail)).toEqual(['connected', 'no broker', 'connected']);
  expect(state.current).toEqual({ isConnected: false, detail: 'closed' });
});
