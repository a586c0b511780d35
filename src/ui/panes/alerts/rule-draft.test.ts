import { describe, expect, it } from 'vitest';
import type { AlertRule } from '../../../market/index.ts';
import { CONDITION_KINDS, conditionText } from './condition-text.ts';
import { checkDraft, defaultLevel, draftOfRule, newDraft, type RuleDefaults } from './rule-draft.ts';

const defaults: RuleDefaults = {
  rsiOverbought: 71,
  rsiOversold: 29,
  volatilityThreshold: 0.02,
  priceChangePercent: 2.5,
  volumeChangePercent: 200,
};

describe('rule form', () => {
  it('starts each kind with the configured threshold, prices with the last one', () => {
    expect(CONDITION_KINDS.map((kind) => defaultLevel(kind, defaults, 190.126))).toEqual([
      '190.13',
      '190.13',
      '190.13',
      '2.5',
      '71',
      '29',
      '0.02',
      '200',
    ]);
  });

  it('keeps the four decimals that a price below one dollar is quoted with', () => {
    const level = defaultLevel('price-above', defaults, 0.0825);
    expect(level).toBe('0.0825');
    expect(conditionText({ kind: 'price-above', price: Number(level) })).toBe('price above 0.0825');
  });

  it('tells the window of a rule exactly', () => {
    const textOf = (windowMs: number) => conditionText({ kind: 'percent-change', percent: 2, windowMs });
    expect(textOf(90 * 60_000)).toBe('moves 2% within 90 min');
    expect(textOf(90_000)).toBe('moves 2% within 90 s');
    expect(textOf(2 * 3_600_000)).toBe('moves 2% within 2 h');
  });

  it.each(CONDITION_KINDS.map((kind) => [kind]))('makes a rule of a filled form: %s', (kind) => {
    const draft = { ...newDraft('aapl', defaults, 190), kind, level: defaultLevel(kind, defaults, 190) };
    expect(checkDraft(draft)).toMatchObject({ input: { symbol: 'AAPL', condition: { kind }, cooldownMs: 60_000 } });
  });

  it('reads a comma as the decimal sign', () => {
    expect(checkDraft({ ...newDraft('AAPL', defaults, 1), level: '190,5' })).toMatchObject({
      input: { condition: { price: 190.5 } },
    });
  });

  it('says which field is wrong', () => {
    const draft = newDraft('AAPL', defaults, 190);
    expect(checkDraft({ ...draft, level: 'abc' })).toEqual({ problem: 'Price: a number is needed' });
    expect(checkDraft({ ...draft, symbol: '' })).toMatchObject({
      problem: expect.stringContaining('Symbol') as string,
    });
    expect(checkDraft({ ...draft, level: '-3' })).toMatchObject({
      problem: expect.stringContaining('Price: must be') as string,
    });
  });

  it('gives a rule back unchanged after editing nothing', () => {
    const rule: AlertRule = {
      id: '7f6b6f0e-55a0-4b51-9d8e-2f1f1d9a3c11',
      symbol: '*',
      condition: { kind: 'percent-change', percent: 3, windowMs: 300_000 },
      isEnabled: false,
      cooldownMs: 90_000,
      hysteresisPercent: 0.5,
      note: 'watch',
      createdMs: 1,
      updatedMs: 2,
    };
    const { createdMs: _created, updatedMs: _updated, ...input } = rule;
    expect(checkDraft(draftOfRule(rule))).toEqual({ input });
  });
});
