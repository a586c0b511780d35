import {
  type Alert,
  type AlertRule,
  type Candle,
  type IndicatorSet,
  TapedeckError,
  type Trade,
  isWithdrawn,
  printEffect,
} from '../../market/index.ts';
import { StateReader, StateWriter } from '../state-bytes.ts';
import { type AlertIndicatorKeys, SymbolAlerts, type SymbolAlertState } from './symbol-alerts.ts';

/**
 * Watches rules over trades and candles. A rule fires once a crossing: the first value after it was made only shows the side
 * it starts from, so a rule whose value is already beyond its level waits for the next crossing. All times are exchange
 * times; equal input gives equal alerts with equal ids.
 */
export interface AlertEngine {
  /** The whole set of rules. Rules that watch the same as before keep their state; disabled ones are as good as gone. */
  setRules(rules: readonly AlertRule[]): void;
  onTrade(trade: Trade): readonly Alert[];
  /**
   * A candle, open or closed, in its newest state; `indicators` is null while none is warmed up. A backfilled one moves what
   * rules know and fires none.
   */
  onCandle(candle: Candle, indicators: IndicatorSet | null): readonly Alert[];
  /** Everything but the rules. */
  toState(): Uint8Array;
}

export interface AlertEngineOptions {
  readonly indicatorKeys: AlertIndicatorKeys;
}

const STATE_VERSION = 2;
const NONE: readonly Alert[] = [];

/** An engine without rules; `state` is what `toState` gave before a restart. Throws `corrupt` when it cannot be read. */
export function createAlertEngine(options: AlertEngineOptions, state: Uint8Array | null = null): AlertEngine {
  const saved = new Map<string, SymbolAlertState>();
  if (state !== null && state.length > 0) {
    const reader = new StateReader(state);
    const version = reader.count();
    if (version !== STATE_VERSION) throw new TapedeckError('corrupt', `alert state of unknown version ${version}`);
    for (let left = reader.count(); left > 0; left--) saved.set(reader.text(), reader.json() as SymbolAlertState);
  }
  return new Engine(options, saved);
}

class Engine implements AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #saved: Map<string, SymbolAlertState>;
  readonly #symbols = new Map<string, SymbolAlerts>();
  #rulesBySymbol = new Map<string, AlertRule[]>();
  #rulesOfAll: readonly AlertRule[] = [];

  constructor(options: AlertEngineOptions, saved: Map<string, SymbolAlertState>) {
    this.#options = options;
    this.#saved = saved;
  }

  setRules(rules: readonly AlertRule[]): void {
    const enabled = rules.filter((rule) => rule.isEnabled);
    this.#rulesOfAll = enabled.filter((rule) => rule.symbol === '*');
    this.#rulesBySymbol = new Map();
    for (const rule of enabled) {
      if (rule.symbol === '*') continue;
      const known = this.#rulesBySymbol.get(rule.symbol);
      if (known === undefined) this.#rulesBySymbol.set(rule.symbol, [rule]);
      else known.push(rule);
    }
    for (const [symbol, alerts] of this.#symbols) alerts.setRules(this.#rulesOf(symbol));
  }

  onTrade(trade: Trade): readonly Alert[] {
    if (!printEffect(trade.provider, trade.tape, trade.conditions).last) return NONE;
    const alerts: Alert[] = [];
    this.#of(trade.symbol).onTrade(trade, alerts);
    return alerts.length === 0 ? NONE : alerts;
  }

  onCandle(candle: Candle, indicators: IndicatorSet | null): readonly Alert[] {
    if (isWithdrawn(candle)) return NONE;
    const alerts: Alert[] = [];
    this.#of(candle.symbol).onCandle(candle, indicators?.values ?? {}, alerts);
    return alerts.length === 0 ? NONE : alerts;
  }

  toState(): Uint8Array {
    const writer = new StateWriter();
    writer.count(STATE_VERSION);
    // Symbols that have not traded since the restart keep what was saved of them.
    const states = new Map(this.#saved);
    for (const [symbol, alerts] of this.#symbols) states.set(symbol, alerts.state());
    writer.count(states.size);
    for (const [symbol, state] of states) {
      writer.text(symbol);
      writer.json(state);
    }
    return writer.finish();
  }

  #of(symbol: string): SymbolAlerts {
    let alerts = this.#symbols.get(symbol);
    if (alerts === undefined) {
      alerts = new SymbolAlerts(symbol, this.#options.indicatorKeys);
      this.#symbols.set(symbol, alerts);
      const saved = this.#saved.get(symbol);
      this.#saved.delete(symbol);
      if (saved === undefined) alerts.setRules(this.#rulesOf(symbol));
      else alerts.restore(saved, this.#rulesOf(symbol));
    }
    return alerts;
  }

  #rulesOf(symbol: string): readonly AlertRule[] {
    return [...(this.#rulesBySymbol.get(symbol) ?? []), ...this.#rulesOfAll];
  }
}
