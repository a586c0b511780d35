import {
  type Alert,
  type AlertCondition,
  type AlertRule,
  type Candle,
  type Trade,
  credibleTimeMs,
  fnv1a64,
} from '../../market/index.ts';
import { alertMessage } from './alert-message.ts';
import { type CrossingDirection, type LevelState, crosses, newLevelState, takeFiring } from './level-watch.ts';
import { PriceWindow } from './price-window.ts';
import { VolumeAverage } from './volume-average.ts';

type PriceCondition = Extract<AlertCondition, { readonly price: number }>;
type ChangeCondition = Extract<AlertCondition, { readonly kind: 'percent-change' }>;
type CandleCondition = Exclude<AlertCondition, PriceCondition | ChangeCondition>;

interface Watch<C extends AlertCondition> {
  readonly rule: AlertRule;
  readonly condition: C;
  readonly state: LevelState;
  /** Candle rules fire once a candle; the open time of the one it last fired for. */
  firedCandleMs: number | null;
}

/** Plain data of one symbol, for a checkpoint. */
export interface SymbolAlertState {
  readonly lastTradeMs: number;
  readonly rules: readonly {
    readonly ruleId: string;
    readonly watched: string;
    readonly state: LevelState;
    readonly firedCandleMs: number | null;
  }[];
  /** Open time of the newest candle by interval. */
  readonly newestCandles: readonly (readonly [string, number])[];
  readonly windows: readonly (readonly [number, ReturnType<PriceWindow['entries']>])[];
  readonly volumes: readonly (readonly [string, ReturnType<VolumeAverage['entries']>])[];
}

/** Which `IndicatorSet` keys the rules on RSI and volatility read. */
export interface AlertIndicatorKeys {
  readonly rsi: string;
  readonly volatility: string;
}

/** The rules that concern one symbol and what they have seen of it. */
export class SymbolAlerts {
  readonly #symbol: string;
  readonly #keys: AlertIndicatorKeys;
  #prices: Watch<PriceCondition>[] = [];
  #changes: Watch<ChangeCondition>[] = [];
  #candles: Watch<CandleCondition>[] = [];
  readonly #windows = new Map<number, PriceWindow>();
  readonly #volumes = new Map<string, VolumeAverage>();
  readonly #newestCandles = new Map<string, number>();
  #lastTradeMs = -Infinity;
  /** Between these prices no price rule can change its state. */
  #quietAbove = Infinity;
  #quietBelow = -Infinity;

  constructor(symbol: string, keys: AlertIndicatorKeys) {
    this.#symbol = symbol;
    this.#keys = keys;
  }

  /** A rule that watches the same thing as before keeps what it has seen. */
  setRules(rules: readonly AlertRule[]): void {
    const known = new Map([...this.#prices, ...this.#changes, ...this.#candles].map((watch) => [watch.rule.id, watch]));
    this.#prices = [];
    this.#changes = [];
    this.#candles = [];
    for (const rule of rules) {
      const before = known.get(rule.id);
      const isSame = before !== undefined && watchedBy(before.rule) === watchedBy(rule);
      this.#watch(rule, isSame ? before.state : newLevelState(), isSame ? before.firedCandleMs : null);
    }
    this.#forgetWindows();
    this.#forgetQuiet();
  }

  onTrade(trade: Trade, alerts: Alert[]): void {
    // One that claims to come from tomorrow must not silence the rules until then.
    const timeMs = credibleTimeMs(trade);
    // A late print says nothing about where the price is now.
    if (timeMs < this.#lastTradeMs) return;
    this.#lastTradeMs = timeMs;
    const { price } = trade;
    if (!(price > this.#quietBelow && price < this.#quietAbove)) this.#checkPrices(trade, timeMs, alerts);
    for (const { rule, condition, state } of this.#changes) {
      const change = this.#windowOf(condition.windowMs).changePercent(timeMs, price);
      const reach = reachOf(condition.percent, rule);
      if (!crosses(state, Math.abs(change), condition.percent, 'up', reach)) continue;
      if (takeFiring(state, timeMs, rule.cooldownMs)) alerts.push(this.#alert(rule, trade, timeMs, change));
    }
  }

  onCandle(candle: Candle, values: Readonly<Record<string, number>>, alerts: Alert[]): void {
    // Only a print with a false time makes a candle that opens after the last print.
    if (candle.source === 'live' && candle.openTimeMs > this.#lastTradeMs) return;
    const isNewest = candle.openTimeMs >= (this.#newestCandles.get(candle.interval) ?? -Infinity);
    if (isNewest) this.#newestCandles.set(candle.interval, candle.openTimeMs);
    for (const watch of this.#candles) {
      const { rule, condition, state } = watch;
      // A revised candle of the past says nothing about now.
      if (!isNewest || condition.interval !== candle.interval) continue;
      const value = this.#candleValue(condition, candle, values);
      if (value === null) continue;
      const level = condition.kind === 'volume-above-average' ? condition.percent : condition.level;
      const direction: CrossingDirection = condition.kind === 'rsi-below' ? 'down' : 'up';
      if (!crosses(state, value, level, direction, reachOf(level, rule))) continue;
      // History shows the side a rule starts from; what happened in it is no news.
      if (candle.source === 'backfill') continue;
      const timeMs = Math.max(this.#lastTradeMs, candle.openTimeMs);
      if (candle.openTimeMs === watch.firedCandleMs || !takeFiring(state, timeMs, rule.cooldownMs)) continue;
      watch.firedCandleMs = candle.openTimeMs;
      const id = fnv1a64(`${rule.id}|${this.#symbol}|${candle.interval}|${candle.openTimeMs}`);
      alerts.push(this.#newAlert(id, rule, timeMs, candle.close, value));
    }
    if (candle.isClosed) this.#volumeOf(candle.interval).close(candle.openTimeMs, candle.volume);
  }

  state(): SymbolAlertState {
    return {
      lastTradeMs: Number.isFinite(this.#lastTradeMs) ? this.#lastTradeMs : 0,
      rules: [...this.#prices, ...this.#changes, ...this.#candles].map(({ rule, state, firedCandleMs }) => ({
        ruleId: rule.id,
        watched: watchedBy(rule),
        state: { ...state },
        firedCandleMs,
      })),
      newestCandles: [...this.#newestCandles],
      windows: Array.from(this.#windows, ([windowMs, window]) => [windowMs, window.entries()] as const),
      volumes: Array.from(this.#volumes, ([interval, average]) => [interval, average.entries()] as const),
    };
  }

  restore(saved: SymbolAlertState, rules: readonly AlertRule[]): void {
    this.#lastTradeMs = saved.lastTradeMs;
    for (const [interval, entries] of saved.volumes) this.#volumeOf(interval).restore(entries);
    for (const [interval, openTimeMs] of saved.newestCandles) this.#newestCandles.set(interval, openTimeMs);
    const known = new Map(saved.rules.map((one) => [`${one.ruleId} ${one.watched}`, one]));
    this.setRules([]);
    for (const rule of rules) {
      const before = known.get(`${rule.id} ${watchedBy(rule)}`);
      this.#watch(rule, { ...(before?.state ?? newLevelState()) }, before?.firedCandleMs ?? null);
    }
    for (const [windowMs, entries] of saved.windows) this.#windowOf(windowMs).restore(entries);
    this.#forgetWindows();
    this.#forgetQuiet();
  }

  #watch(rule: AlertRule, state: LevelState, firedCandleMs: number | null): void {
    const { condition } = rule;
    switch (condition.kind) {
      case 'price-above':
      case 'price-below':
      case 'price-crossing':
        this.#prices.push({ rule, condition, state, firedCandleMs });
        break;
      case 'percent-change':
        this.#changes.push({ rule, condition, state, firedCandleMs });
        break;
      default:
        this.#candles.push({ rule, condition, state, firedCandleMs });
    }
  }

  #checkPrices(trade: Trade, timeMs: number, alerts: Alert[]): void {
    let above = Infinity;
    let below = -Infinity;
    for (const { rule, condition, state } of this.#prices) {
      const level = condition.price;
      const reach = reachOf(level, rule);
      if (
        crosses(state, trade.price, level, directionOf(condition), reach) &&
        takeFiring(state, timeMs, rule.cooldownMs)
      ) {
        alerts.push(this.#alert(rule, trade, timeMs, trade.price));
      }
      // Nothing about a rule changes before the price gets to its level or to where it arms again.
      for (const edge of [level - reach, level, level + reach]) {
        if (edge >= trade.price && edge < above) above = edge;
        if (edge <= trade.price && edge > below) below = edge;
      }
    }
    this.#quietAbove = above;
    this.#quietBelow = below;
  }

  /** Each window that was ever tried would stay, in every checkpoint too. */
  #forgetWindows(): void {
    const used = new Set(this.#changes.map(({ condition }) => condition.windowMs));
    for (const windowMs of this.#windows.keys()) if (!used.has(windowMs)) this.#windows.delete(windowMs);
  }

  #forgetQuiet(): void {
    this.#quietAbove = -Infinity;
    this.#quietBelow = Infinity;
  }

  #candleValue(condition: CandleCondition, candle: Candle, values: Readonly<Record<string, number>>): number | null {
    switch (condition.kind) {
      case 'rsi-above':
      case 'rsi-below':
        return values[this.#keys.rsi] ?? null;
      case 'volatility-above':
        return values[this.#keys.volatility] ?? null;
      default: {
        const average = this.#volumeOf(candle.interval).before(candle.openTimeMs);
        return average === null || average === 0 ? null : (candle.volume / average - 1) * 100;
      }
    }
  }

  #windowOf(windowMs: number): PriceWindow {
    let window = this.#windows.get(windowMs);
    if (window === undefined) {
      window = new PriceWindow(windowMs);
      this.#windows.set(windowMs, window);
    }
    return window;
  }

  #volumeOf(interval: string): VolumeAverage {
    let average = this.#volumes.get(interval);
    if (average === undefined) {
      average = new VolumeAverage();
      this.#volumes.set(interval, average);
    }
    return average;
  }

  #alert(rule: AlertRule, trade: Trade, timeMs: number, value: number): Alert {
    const id = fnv1a64(`${rule.id}|${this.#symbol}|${trade.exchange}|${trade.id}|${trade.timeMs}`);
    return this.#newAlert(id, rule, timeMs, trade.price, value);
  }

  #newAlert(id: string, rule: AlertRule, timeMs: number, price: number, value: number): Alert {
    const message = alertMessage(this.#symbol, rule.condition, value, price);
    return { id, ruleId: rule.id, symbol: this.#symbol, condition: rule.condition, timeMs, price, value, message };
  }
}

/** What a rule watches, without how it is delivered: a new note or cooldown does not make it a new rule. */
function watchedBy(rule: AlertRule): string {
  return JSON.stringify([rule.condition, rule.hysteresisPercent]);
}

function reachOf(level: number, rule: AlertRule): number {
  return (Math.abs(level) * rule.hysteresisPercent) / 100;
}

function directionOf(condition: PriceCondition): CrossingDirection {
  if (condition.kind === 'price-crossing') return 'both';
  return condition.kind === 'price-above' ? 'up' : 'down';
}
