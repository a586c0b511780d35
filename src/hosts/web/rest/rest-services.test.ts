import { describe, expect, test } from 'vitest';
import { TapedeckError } from '../../../market/index.ts';
import { requireKnown, requireSymbols } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';

function servicesThatFind(findInstrument: RestServices['findInstrument'], roles = ['ingest', 'serve']): RestServices {
  return { findInstrument, status: () => ({ roles }) } as unknown as RestServices;
}

describe('whether a symbol is known', () => {
  test('is a 404 where nobody knows it', async () => {
    const services = servicesThatFind(() => Promise.resolve({ instrument: null, suggestions: [] }));
    await expect(requireKnown(services, 'ZZZZ', true)).rejects.toMatchObject({ problem: { status: 404 } });
    await expect(requireKnown(services, 'ZZZZ', false)).resolves.toBeUndefined();
  });

  test('is for the host that ingests to say when a list or rule names it', async () => {
    const findNothing = () => Promise.resolve({ instrument: null, suggestions: [] });
    await expect(requireSymbols(servicesThatFind(findNothing), ['PFE'])).rejects.toMatchObject({
      problem: { status: 404 },
    });
    await expect(requireSymbols(servicesThatFind(findNothing, ['serve']), ['PFE'])).resolves.toBeUndefined();
  });

  test('is left open where the key of the feed was refused: the token of the asker is right', async () => {
    const services = servicesThatFind(() => Promise.reject(new TapedeckError('unauthorized', 'bad key')));
    await expect(requireKnown(services, 'AAPL', true)).resolves.toBeUndefined();
    await expect(requireSymbols(services, ['AAPL'])).resolves.toBeUndefined();
  });
});
