import type { Trade } from './market-event.ts';

/**
 * The id of a trade whose provider gives none: 64-bit FNV-1a, as 16 hex digits, over the UTF-16 code units of
 * `symbol|timeMs|nanosOfMs|price|size|exchange|tape|conditions joined by ,|sequence`. The same print is the same id
 * however often it is delivered; two prints alike in all of that are taken for one.
 */
export function tradeIdOf(
  trade: Pick<
    Trade,
    'symbol' | 'timeMs' | 'nanosOfMs' | 'price' | 'size' | 'exchange' | 'tape' | 'conditions' | 'sequence'
  >,
): string {
  const instant = `${trade.symbol}|${trade.timeMs}|${trade.nanosOfMs}|${trade.price}|${trade.size}`;
  return fnv1a64(`${instant}|${trade.exchange}|${trade.tape}|${trade.conditions.join(',')}|${trade.sequence ?? ''}`);
}

/** FNV-1a with the 64-bit offset basis and prime (2^40 + 0x1b3), in two exact 32-bit halves; 16 hex digits. */
export function fnv1a64(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let at = 0; at < text.length; at++) {
    low = (low ^ text.charCodeAt(at)) >>> 0;
    const lowProduct = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(lowProduct / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = lowProduct >>> 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
