import { z } from 'zod';
import { alertRuleInputSchema, alertRuleSchema } from '../../../contract/index.ts';
import type { AlertRuleInput } from '../../../contract/index.ts';
import type { AlertRule } from '../../../market/index.ts';
import { TapedeckError, formatTimestamp } from '../../../market/index.ts';
import { keyPage } from './key-pages.ts';
import { cursorParameter, datasetParameter, limitParameter, symbolParameter } from './query-parameters.ts';
import { itemResource, listResource, noBody } from './resource.ts';
import type { Resource, Row } from './resource.ts';
import { requireSymbols } from './rest-services.ts';
import type { RestServices } from './rest-services.ts';

const ruleRow = alertRuleSchema
  .omit({ createdMs: true, updatedMs: true })
  .extend({ createdTime: z.iso.datetime(), updatedTime: z.iso.datetime() });

const ruleBody = z.strictObject(alertRuleInputSchema.omit({ id: true }).shape);

export function alertRuleResources(services: RestServices): readonly Resource[] {
  const path = '/alert-rules/:id';
  /** A symbol that the rule had before is not asked about again: its feed may be another by now. */
  const save = async (input: AlertRuleInput, before: AlertRule | null): Promise<Row> => {
    if (input.symbol !== '*' && input.symbol !== before?.symbol) await requireSymbols(services, [input.symbol]);
    return ruleRecord(await services.desk().saveAlertRule(input));
  };
  return [
    listResource({
      path: '/alert-rules',
      summary: 'All alert rules, or those about one symbol, the oldest first',
      query: z.strictObject({
        symbol: symbolParameter.optional(),
        limit: limitParameter,
        cursor: cursorParameter,
        dataset: datasetParameter,
      }),
      row: ruleRow,
      answer: async ({ symbol, dataset, ...query }) => {
        const rules = await services.read(dataset, (store) => store.alertRules());
        const wanted = symbol === undefined ? rules : rules.filter((rule) => rule.symbol === symbol);
        const page = keyPage(wanted, ({ createdMs, id }) => `${formatTimestamp(createdMs)} ${id}`, query);
        return { rows: page.items.map(ruleRecord), nextCursor: page.nextCursor };
      },
    }),
    itemResource({
      method: 'POST',
      path: '/alert-rules',
      summary: 'Create a rule',
      body: ruleBody,
      row: ruleRow,
      answer: async (body) => {
        const value = await save(body, null);
        return { kind: 'created', value, location: `/api/v1/alert-rules/${String(value['id'])}` };
      },
    }),
    itemResource({
      method: 'GET',
      path,
      summary: 'One rule',
      body: noBody,
      row: ruleRow,
      answer: async (_body, id) => ({ kind: 'one', value: ruleRecord(await findRule(services, id)) }),
    }),
    itemResource({
      method: 'PUT',
      path,
      summary: 'Replace a rule',
      body: ruleBody,
      row: ruleRow,
      answer: async (body, id) => {
        const rule = await findRule(services, id);
        return { kind: 'one', value: await save({ ...body, id }, rule) };
      },
    }),
    itemResource({
      method: 'PATCH',
      path,
      summary: 'Change some fields of a rule',
      body: z.strictObject(stripDefaults(ruleBody.shape)),
      row: ruleRow,
      answer: async (body, id) => {
        const rule = await findRule(services, id);
        const { symbol, condition, isEnabled, cooldownMs, hysteresisPercent, note } = rule;
        const changed = { symbol, condition, isEnabled, cooldownMs, hysteresisPercent, note, ...given(body), id };
        return { kind: 'one', value: await save(changed, rule) };
      },
    }),
    itemResource({
      method: 'DELETE',
      path,
      summary: 'Delete a rule',
      body: noBody,
      row: ruleRow,
      answer: async (_body, id) => {
        await findRule(services, id);
        await services.desk().removeAlertRule(id);
        return { kind: 'gone' };
      },
    }),
  ];
}

/** A field that is left out of a change stays as it is: it must not come back as its default. */
function stripDefaults(shape: typeof ruleBody.shape) {
  return {
    symbol: shape.symbol.optional(),
    condition: shape.condition.optional(),
    isEnabled: shape.isEnabled.unwrap().optional(),
    cooldownMs: shape.cooldownMs.unwrap().optional(),
    hysteresisPercent: shape.hysteresisPercent.unwrap().optional(),
    note: shape.note.unwrap().optional(),
  };
}

function given(body: Readonly<Record<string, unknown>>): Partial<Omit<AlertRuleInput, 'id'>> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

async function findRule(services: RestServices, id: string): Promise<AlertRule> {
  const rule = (await services.desk().alertRules()).find((candidate) => candidate.id === id);
  if (rule === undefined) throw new TapedeckError('not-found', `there is no alert rule with id ${id}`);
  return rule;
}

function ruleRecord({ createdMs, updatedMs, ...rule }: AlertRule): Row {
  return { ...rule, createdTime: formatTimestamp(createdMs), updatedTime: formatTimestamp(updatedMs) };
}
