import {
  type Alert,
  type AlertCondition,
  type AlertConditionKind,
  formatDuration,
  quotedDecimals,
} from '../../../market/index.ts';
import { formatPercent, formatPrice } from '../../format/numbers.ts';

export const CONDITION_KINDS: readonly AlertConditionKind[] = [
  'price-above',
  'price-below',
  'price-crossing',
  'percent-change',
  'rsi-above',
  'rsi-below',
  'volatility-above',
  'volume-above-average',
];

export const CONDITION_NAMES: Readonly<Record<AlertConditionKind, string>> = {
  'price-above': 'Price above',
  'price-below': 'Price below',
  'price-crossing': 'Price crosses',
  'percent-change': 'Moves by percent',
  'rsi-above': 'RSI over',
  'rsi-below': 'RSI under',
  'volatility-above': 'Volatility over',
  'volume-above-average': 'Volume over average',
};

/** A rule in words: `price above 190.00`, `RSI over 70 on 5m`. */
export function conditionText(condition: AlertCondition): string {
  switch (condition.kind) {
    case 'price-above':
      return `price above ${priceText(condition.price)}`;
    case 'price-below':
      return `price below ${priceText(condition.price)}`;
    case 'price-crossing':
      return `price crosses ${priceText(condition.price)}`;
    case 'percent-change':
      return `moves ${condition.percent}% within ${formatDuration(condition.windowMs)}`;
    case 'rsi-above':
      return `RSI over ${condition.level} on ${condition.interval}`;
    case 'rsi-below':
      return `RSI under ${condition.level} on ${condition.interval}`;
    case 'volatility-above':
      return `volatility over ${condition.level} on ${condition.interval}`;
  }
  return `volume ${condition.percent}% over average on ${condition.interval}`;
}

/** The watched value when the alert fired, in its own unit. */
export function alertValueText(alert: Alert): string {
  switch (alert.condition.kind) {
    case 'price-above':
    case 'price-below':
    case 'price-crossing':
      return priceText(alert.value);
    case 'percent-change':
    case 'volume-above-average':
      return formatPercent(alert.value, 1);
    case 'rsi-above':
    case 'rsi-below':
      return alert.value.toFixed(1);
    default:
      return Number(alert.value.toPrecision(3)).toString();
  }
}

function priceText(price: number): string {
  return formatPrice(price, quotedDecimals(price));
}
