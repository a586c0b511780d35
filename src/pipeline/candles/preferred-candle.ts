import type { Candle } from '../../market/index.ts';

/**
 * Which of two states of one open time to show: of one source the newer; of two sources the one that saw more trades,
 * of equals the one built here, and of such the one that more went into. The store answers by the same rule.
 */
export function preferredCandle(held: Candle, arrived: Candle): Candle {
  if (held.source === arrived.source) {
    if (arrived.revision !== held.revision) return arrived.revision > held.revision ? arrived : held;
    return arrived.isClosed ? arrived : held;
  }
  if (arrived.tradeCount !== held.tradeCount) return arrived.tradeCount > held.tradeCount ? arrived : held;
  if (arrived.source === 'feed-bar' || held.source === 'feed-bar') return held.source === 'feed-bar' ? arrived : held;
  if (arrived.revision !== held.revision) return arrived.revision > held.revision ? arrived : held;
  return arrived.source < held.source ? arrived : held;
}
