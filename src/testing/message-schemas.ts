import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { TopicKind } from '../bus/bus.ts';
import { TOPIC_KINDS } from '../bus/topics.ts';

const ajv = new Ajv2020({ allowUnionTypes: true });
const validators: ReadonlyMap<TopicKind, ValidateFunction> = new Map(
  TOPIC_KINDS.map((kind) => {
    const file = join(import.meta.dirname, `../../resources/schemas/stock-${kind}.schema.json`);
    return [kind, ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object)];
  }),
);

/** What the JSON Schema of a topic has against a parsed message; null for nothing. */
export function schemaFault(kind: TopicKind, message: unknown): string | null {
  const validate = validators.get(kind);
  if (validate === undefined) throw new Error(`no schema for ${kind}`);
  return validate(message) ? null : ajv.errorsText(validate.errors);
}
