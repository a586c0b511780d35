import { randomUUID } from 'node:crypto';
import { type AlertRuleInput, alertRuleInputSchema } from '../../contract/index.ts';
import { type AlertRule, TapedeckError } from '../../market/index.ts';
import type { RoleContext } from '../role-context.ts';
import { announce } from './desk-subscriptions.ts';

/** Alert rules as every desk sees them: kept in the store, changes announced to all. */
export class AlertRuleBook {
  readonly #context: RoleContext;

  constructor(context: RoleContext) {
    this.#context = context;
  }

  list(): Promise<readonly AlertRule[]> {
    return this.#context.options.store.alertRules();
  }

  /** Creates a rule, or replaces the one with the given id. Throws `bad-input` naming the field. */
  async save(input: AlertRuleInput): Promise<AlertRule> {
    const { store, clock } = this.#context.options;
    const parsed = alertRuleInputSchema.safeParse(input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = issue === undefined ? 'rule' : issue.path.join('.');
      throw new TapedeckError('bad-input', `alert rule: ${field}: ${issue?.message ?? 'not valid'}`);
    }
    const nowMs = clock.now();
    const id = parsed.data.id ?? randomUUID();
    const before = (await store.alertRules()).find((rule) => rule.id === id);
    const rule: AlertRule = { ...parsed.data, id, createdMs: before?.createdMs ?? nowMs, updatedMs: nowMs };
    await store.saveAlertRule(rule);
    await announce(this.#context, 'alert-rules-changed', [rule.symbol]);
    return rule;
  }

  async remove(id: string): Promise<boolean> {
    const { store } = this.#context.options;
    const rule = (await store.alertRules()).find((one) => one.id === id);
    if (rule === undefined) return false;
    await store.deleteAlertRule(id);
    await announce(this.#context, 'alert-rules-changed', [rule.symbol]);
    return true;
  }
}
