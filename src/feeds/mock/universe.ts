import { type Instrument, isSymbol } from '../../market/index.ts';
import { UNIVERSE_DATA } from './universe-data.ts';

export type ListingExchange = 'N' | 'Q' | 'P' | 'Z';

export interface Listing {
  readonly symbol: string;
  readonly name: string;
  readonly sector: string;
  readonly industry: string;
  readonly exchangeCode: ListingExchange;
  /** Consolidated tape: A New York, B regional exchanges and funds, C Nasdaq. */
  readonly tape: 'A' | 'B' | 'C';
  /** Dollars around which the price wanders. */
  readonly referencePrice: number;
  /** Shares on an average day. */
  readonly dailyVolume: number;
}

const EXCHANGE_NAMES: Readonly<Record<ListingExchange, string>> = {
  N: 'NYSE',
  Q: 'NASDAQ',
  P: 'NYSE Arca',
  Z: 'Cboe BZX',
};
const TAPES: Readonly<Record<ListingExchange, Listing['tape']>> = { N: 'A', Q: 'C', P: 'B', Z: 'B' };

/** Everything listed on the mock market, in the order of the data. Throws on a malformed entry of the data. */
export function readUniverse(data = UNIVERSE_DATA): readonly Listing[] {
  const listings: Listing[] = [];
  let sector = '';
  let industry = '';
  for (const line of data.split('\n')) {
    if (line.startsWith('== ')) sector = line.slice(3);
    else if (line.startsWith('= ')) industry = line.slice(2);
    else if (line !== '') for (const entry of line.split(';')) listings.push(readListing(entry, sector, industry));
  }
  return listings;
}

export function instrumentOf(listing: Listing, calendar: Instrument['calendar']): Instrument {
  const { symbol, name, sector, industry } = listing;
  return { symbol, name, sector, industry, exchange: EXCHANGE_NAMES[listing.exchangeCode], calendar, priceDecimals: 2 };
}

function readListing(entry: string, sector: string, industry: string): Listing {
  const [symbol = '', name = '', exchange = '', price = '', millions = '', ...rest] = entry.split(',');
  const referencePrice = Number(price);
  const dailyVolume = Math.round(Number(millions) * 1e6);
  const isRight = isSymbol(symbol) && name !== '' && isExchange(exchange) && referencePrice > 1 && dailyVolume > 0;
  if (!isRight || rest.length > 0) throw new Error(`malformed entry of the mock universe: ${entry}`);
  return { symbol, name, sector, industry, exchangeCode: exchange, tape: TAPES[exchange], referencePrice, dailyVolume };
}

function isExchange(text: string): text is ListingExchange {
  return Object.hasOwn(EXCHANGE_NAMES, text);
}
