import { z } from 'zod';
import { badParameter } from './problem.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Row = Readonly<Record<string, unknown>>;

export type Answer =
  | { readonly kind: 'list'; readonly rows: readonly Row[]; readonly nextCursor: string | null }
  | { readonly kind: 'one'; readonly value: Row }
  | { readonly kind: 'created'; readonly value: Row; readonly location: string }
  | { readonly kind: 'gone' };

/** One operation of the REST interface; routing, validation, CSV and OpenAPI all come from it. */
export interface Resource {
  readonly method: Method;
  /** Under `/api/v1`, with `:id` for a path part. */
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodObject | null;
  /** May be left out where it accepts an empty object. */
  readonly body: z.ZodType | null;
  /** Of one row of a list, or of the whole answer. */
  readonly row: z.ZodObject;
  readonly isList: boolean;
  /** A POST that makes nothing new: 200 instead of 201. */
  readonly isAction: boolean;
  answer(request: RawRequest): Promise<Answer>;
}

interface RawRequest {
  readonly query: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface ListDefinition<Q extends z.ZodObject> {
  readonly path: string;
  readonly summary: string;
  readonly query: Q;
  readonly row: z.ZodObject;
  answer(query: z.output<Q>): Promise<{ readonly rows: readonly Row[]; readonly nextCursor: string | null }>;
}

/** `GET` of a list: `{data, nextCursor}` or CSV. */
export function listResource<Q extends z.ZodObject>(definition: ListDefinition<Q>): Resource {
  return {
    method: 'GET',
    path: definition.path,
    summary: definition.summary,
    query: definition.query,
    body: null,
    row: definition.row,
    isList: true,
    isAction: false,
    answer: async ({ query }) => ({ kind: 'list', ...(await definition.answer(parsed(definition.query, query))) }),
  };
}

interface ItemDefinition<B extends z.ZodType> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly body: B;
  readonly row: z.ZodObject;
  readonly isAction?: boolean;
  answer(body: z.output<B>, id: string): Promise<Answer>;
}

/** Anything about one thing, with or without a body (`noBody`). */
export function itemResource<B extends z.ZodType>(definition: ItemDefinition<B>): Resource {
  const hasBody = definition.method !== 'GET' && definition.method !== 'DELETE';
  return {
    method: definition.method,
    path: definition.path,
    summary: definition.summary,
    query: NO_QUERY,
    body: hasBody ? definition.body : null,
    row: definition.row,
    isList: false,
    isAction: definition.isAction ?? false,
    answer: ({ query, body, parameters }) => {
      parsed(NO_QUERY, query);
      return definition.answer(parsed(definition.body, hasBody ? (body ?? {}) : undefined), parameters['id'] ?? '');
    },
  };
}

const NO_QUERY = z.strictObject({});
export const noBody = z.undefined();

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue?.code === 'unrecognized_keys') throw badParameter(issue.keys[0] ?? '', 'there is no such parameter');
  const path = issue?.path.join('.') ?? '';
  throw badParameter(path === '' ? 'body' : path, issue?.message ?? 'is not right');
}
