import { describe, expect, it } from 'vitest';
import type { Feed } from '../feeds/feed.ts';
import type { Instrument } from '../market/index.ts';
import { InstrumentDirectory } from './instrument-directory.ts';

function named(symbol: string, name: string): Instrument {
  return { symbol, name, sector: '', industry: '', exchange: '', calendar: 'us-equities', priceDecimals: 2 };
}

const APPLE = named('AAPL', 'Apple Inc.');
const APPLIED = named('AMAT', 'Applied Materials');
const AMERICAN = named('AAL', 'American Airlines');

const store = {
  instruments: () => Promise.resolve([APPLIED, APPLE, AMERICAN]),
  symbolsWithCandles: () => Promise.resolve(['ONLYHERE']),
};

function symbolsOf(instruments: readonly Instrument[]): readonly string[] {
  return instruments.map(({ symbol }) => symbol);
}

describe('an instrument directory without a feed', () => {
  it('puts symbols before names and the shorter symbol first', async () => {
    const directory = new InstrumentDirectory(null, store);
    expect(symbolsOf(await directory.search('aa', 5))).toEqual(['AAL', 'AAPL']);
    expect(symbolsOf(await directory.search('appl', 5))).toEqual(['AAPL', 'AMAT']);
    expect(symbolsOf(await directory.search('airlines', 5))).toEqual(['AAL']);
  });

  it('knows a symbol of which there are only candles', async () => {
    const { instrument } = await new InstrumentDirectory(null, store).find('onlyhere');
    expect(instrument).toMatchObject({ symbol: 'ONLYHERE', name: 'ONLYHERE' });
  });

  it('names those that share the longest beginning with an unknown one', async () => {
    const { instrument, suggestions } = await new InstrumentDirectory(null, store).find('AAPX');
    expect(instrument).toBeNull();
    expect(symbolsOf(suggestions)).toEqual(['AAPL']);
  });
});

describe('an instrument directory with a feed', () => {
  it('takes the feed’s word for what the store does not list', async () => {
    const feed = { instrument: () => Promise.resolve(null), findInstruments: () => Promise.resolve([APPLE]) };
    const directory = new InstrumentDirectory(feed as unknown as Feed, store);
    expect(await directory.find('ONLYHERE')).toEqual({ instrument: null, suggestions: [APPLE] });
    expect((await directory.find('AAL')).instrument).toEqual(AMERICAN);
  });
});
