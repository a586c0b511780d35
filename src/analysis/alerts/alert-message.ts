import {
  type AlertCondition,
  formatCompact,
  formatDuration,
  formatPrice,
  formatSignedPercent,
  quotedDecimals,
} from '../../market/index.ts';

/** One line for people, such as `AAPL above 190.00: 190.12`. */
export function alertMessage(symbol: string, condition: AlertCondition, value: number, price: number): string {
  switch (condition.kind) {
    case 'price-above':
      return `${symbol} above ${priceText(condition.price)}: ${priceText(price)}`;
    case 'price-below':
      return `${symbol} below ${priceText(condition.price)}: ${priceText(price)}`;
    case 'price-crossing':
      return `${symbol} crossed ${priceText(condition.price)}: ${priceText(price)}`;
    case 'percent-change':
      return `${symbol} ${formatSignedPercent(value)} in ${formatDuration(condition.windowMs)}: ${priceText(price)}`;
    case 'rsi-above':
      return `${symbol} RSI above ${formatCompact(condition.level)} (${condition.interval}): ${value.toFixed(1)}`;
    case 'rsi-below':
      return `${symbol} RSI below ${formatCompact(condition.level)} (${condition.interval}): ${value.toFixed(1)}`;
    case 'volatility-above':
      return `${symbol} volatility above ${condition.level}% (${condition.interval}): ${value.toFixed(2)}%`;
    default:
      return `${symbol} volume ${formatSignedPercent(value, 0)} against its average (${condition.interval}): ${priceText(price)}`;
  }
}

function priceText(price: number): string {
  return formatPrice(price, quotedDecimals(price));
}
