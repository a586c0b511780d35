import { PricePath } from './price-path.ts';
import { hashText, unitOf } from './seeded-random.ts';
import type { Listing } from './universe.ts';

const MARKET_DEVIATION = 0.009;
const SECTOR_DEVIATION = 0.006;
/** What a listing is measured by: how it moves with the market, and its own deviation a day. */
const SECTOR_BETAS: Readonly<Record<string, number>> = {
  'Information Technology': 1.25,
  'Communication Services': 1.1,
  'Consumer Discretionary': 1.15,
  'Consumer Staples': 0.55,
  'Health Care': 0.7,
  Financials: 1.05,
  Industrials: 1,
  Energy: 0.8,
  Materials: 0.95,
  Utilities: 0.5,
  'Real Estate': 0.85,
};

interface Exposure {
  readonly market: number;
  readonly sector: number;
  readonly own: number;
}

/** The true price of one listing at any time: market, sector and own walk added up in logarithms. */
export interface PriceModel {
  /** Dollars at a position on the price path (days); not rounded. */
  priceAt(position: number): number;
  /** Standard deviation of the logarithm over a day. */
  readonly dailyDeviation: number;
}

/** Builds price models that share the walks of market and sectors. */
export class PriceModels {
  readonly #seed: number;
  readonly #market: PricePath;
  readonly #sectors = new Map<string, PricePath>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#market = new PricePath(hashText(seed, 'market'));
  }

  modelOf(listing: Listing): PriceModel {
    const exposure = exposureOf(listing);
    const market = this.#market;
    const sector = this.#sectorPath(listing.sector);
    const own = new PricePath(hashText(this.#seed, `price ${listing.symbol}`));
    return {
      dailyDeviation: Math.hypot(exposure.market, exposure.sector, exposure.own),
      priceAt: (position) =>
        listing.referencePrice *
        Math.exp(
          exposure.market * market.levelAt(position) +
            exposure.sector * sector.levelAt(position) +
            exposure.own * own.levelAt(position),
        ),
    };
  }

  #sectorPath(sector: string): PricePath {
    let path = this.#sectors.get(sector);
    if (path === undefined) {
      path = new PricePath(hashText(this.#seed, `sector ${sector}`));
      this.#sectors.set(sector, path);
    }
    return path;
  }
}

function exposureOf(listing: Listing): Exposure {
  switch (listing.industry) {
    case 'Index Funds':
      return { market: MARKET_DEVIATION, sector: 0, own: 0.0015 };
    case 'Sector Funds':
      return { market: 0.95 * MARKET_DEVIATION, sector: 0, own: 0.005 };
    case 'Bond and Commodity Funds':
      return { market: -0.1 * MARKET_DEVIATION, sector: 0, own: 0.006 };
    default: {
      // A listing keeps its character on every seed.
      const beta = (SECTOR_BETAS[listing.sector] ?? 1) * (0.75 + 0.5 * unitOf(hashText(1, listing.symbol)));
      const own = 0.009 + 0.01 * unitOf(hashText(2, listing.symbol));
      return { market: beta * MARKET_DEVIATION, sector: SECTOR_DEVIATION, own };
    }
  }
}
