import { type AlertRuleInput, alertRuleInputSchema } from '../../../contract/index.ts';
import {
  type AlertCondition,
  type AlertConditionKind,
  type AlertRule,
  type Interval,
  quotedDecimals,
} from '../../../market/index.ts';

/** The thresholds of `alertRules.defaults`. */
export interface RuleDefaults {
  readonly rsiOverbought: number;
  readonly rsiOversold: number;
  readonly volatilityThreshold: number;
  readonly priceChangePercent: number;
  readonly volumeChangePercent: number;
}

/** The form's fields as they are typed: text until it is checked. */
export interface RuleDraft {
  readonly id: string | null;
  readonly symbol: string;
  readonly kind: AlertConditionKind;
  readonly level: string;
  readonly interval: Interval;
  readonly windowMinutes: string;
  readonly cooldownMinutes: string;
  readonly hysteresisPercent: string;
  readonly note: string;
  readonly isEnabled: boolean;
}

export const LEVEL_LABELS: Readonly<Record<AlertConditionKind, string>> = {
  'price-above': 'Price',
  'price-below': 'Price',
  'price-crossing': 'Price',
  'percent-change': 'Percent',
  'rsi-above': 'RSI level',
  'rsi-below': 'RSI level',
  'volatility-above': 'Volatility',
  'volume-above-average': 'Percent over',
};

/** Whether the condition looks at candles of an interval. */
export function usesInterval(kind: AlertConditionKind): boolean {
  return kind === 'rsi-above' || kind === 'rsi-below' || kind === 'volatility-above' || kind === 'volume-above-average';
}

/** What the level field starts with: the configured threshold, or the last price. */
export function defaultLevel(kind: AlertConditionKind, defaults: RuleDefaults | null, lastPrice: number): string {
  switch (kind) {
    case 'price-above':
    case 'price-below':
    case 'price-crossing':
      return Number.isNaN(lastPrice) ? '' : lastPrice.toFixed(quotedDecimals(lastPrice));
    case 'percent-change':
      return String(defaults?.priceChangePercent ?? '');
    case 'rsi-above':
      return String(defaults?.rsiOverbought ?? '');
    case 'rsi-below':
      return String(defaults?.rsiOversold ?? '');
    case 'volatility-above':
      return String(defaults?.volatilityThreshold ?? '');
    default:
      return String(defaults?.volumeChangePercent ?? '');
  }
}

export function newDraft(symbol: string, defaults: RuleDefaults | null, lastPrice: number): RuleDraft {
  return {
    id: null,
    symbol,
    kind: 'price-above',
    level: defaultLevel('price-above', defaults, lastPrice),
    interval: '1m',
    windowMinutes: '5',
    cooldownMinutes: '1',
    hysteresisPercent: '0.1',
    note: '',
    isEnabled: true,
  };
}

function levelOf(condition: AlertCondition): number {
  if ('price' in condition) return condition.price;
  return 'percent' in condition ? condition.percent : condition.level;
}

export function draftOfRule(rule: AlertRule): RuleDraft {
  const { condition } = rule;
  return {
    id: rule.id,
    symbol: rule.symbol,
    kind: condition.kind,
    level: String(levelOf(condition)),
    interval: 'interval' in condition ? condition.interval : '1m',
    windowMinutes: 'windowMs' in condition ? String(condition.windowMs / 60_000) : '5',
    cooldownMinutes: String(rule.cooldownMs / 60_000),
    hysteresisPercent: String(rule.hysteresisPercent),
    note: rule.note,
    isEnabled: rule.isEnabled,
  };
}

const FIELD_NAMES: Readonly<Record<string, string>> = {
  symbol: 'Symbol',
  price: 'Price',
  percent: 'Percent',
  level: 'Level',
  windowMs: 'Window',
  cooldownMs: 'Quiet time',
  hysteresisPercent: 'Re-arm',
  note: 'Note',
};

/** A rule to send, or a sentence about what is wrong with it. */
export function checkDraft(draft: RuleDraft): { readonly input: AlertRuleInput } | { readonly problem: string } {
  const level = numberOf(draft.level);
  const conditions: Readonly<Record<AlertConditionKind, object>> = {
    'price-above': { price: level },
    'price-below': { price: level },
    'price-crossing': { price: level },
    'percent-change': { percent: level, windowMs: Math.round(numberOf(draft.windowMinutes) * 60_000) },
    'rsi-above': { level, interval: draft.interval },
    'rsi-below': { level, interval: draft.interval },
    'volatility-above': { level, interval: draft.interval },
    'volume-above-average': { percent: level, interval: draft.interval },
  };
  const parsed = alertRuleInputSchema.safeParse({
    ...(draft.id === null ? {} : { id: draft.id }),
    symbol: draft.symbol.trim() === '' ? '' : draft.symbol.trim().toUpperCase(),
    condition: { kind: draft.kind, ...conditions[draft.kind] },
    isEnabled: draft.isEnabled,
    cooldownMs: Math.round(numberOf(draft.cooldownMinutes) * 60_000),
    hysteresisPercent: numberOf(draft.hysteresisPercent),
    note: draft.note,
  });
  if (parsed.success) return { input: parsed.data };
  const issue = parsed.error.issues[0];
  const field = FIELD_NAMES[String(issue?.path.at(-1) ?? '')] ?? 'The rule';
  if (field === 'Symbol') return { problem: 'Symbol: a ticker such as AAPL, or * for every symbol you watch' };
  const isNumber = field !== 'Note';
  const asTyped = issue?.code === 'invalid_type' ? 'a number is needed' : (issue?.message ?? 'not valid');
  return {
    problem: `${field}: ${isNumber ? asTyped.replace(/^Too (small|big): expected number to be /, 'must be ') : asTyped}`,
  };
}

/** NaN for anything that is not wholly a number; a comma may be the decimal sign. */
function numberOf(text: string): number {
  const trimmed = text.trim().replace(',', '.');
  return trimmed === '' ? Number.NaN : Number(trimmed);
}
