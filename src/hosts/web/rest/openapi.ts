import { z } from 'zod';
import type { Resource } from './resource.ts';

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    parameter: { type: 'string' },
    suggestions: { type: 'array', items: { type: 'string' } },
    retryable: { type: 'boolean' },
  },
  required: ['type', 'title', 'status', 'detail'],
};

type Json = Record<string, unknown>;

const PROBLEM_RESPONSE = {
  description: 'Problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** What answers without a resource of its own. */
const PLAIN_PATHS: Readonly<Record<string, Json>> = {
  '/healthz': plainPath('getHealth', 'Whether the program answers; needs no token', {
    isOpen: true,
    content: { 'application/json': { schema: stateSchema('ok') } },
  }),
  '/readyz': plainPath('getReadiness', 'Whether market data can flow, else 503 with what is missing; needs no token', {
    isOpen: true,
    content: { 'application/json': { schema: stateSchema('ready') } },
  }),
  '/metrics': plainPath('getMetrics', 'Figures of the running program as Prometheus text', {
    isOpen: false,
    content: { 'text/plain': { schema: { type: 'string' } } },
  }),
  '/api/v1/openapi.json': plainPath('getOpenApi', 'This document', {
    isOpen: false,
    content: { 'application/json': { schema: { type: 'object' } } },
  }),
};

function plainPath(
  operationId: string,
  summary: string,
  { isOpen, content }: { isOpen: boolean; content: Json },
): Json {
  const responses = { 200: { description: 'OK', content }, default: PROBLEM_RESPONSE };
  return { get: { summary, operationId, ...(isOpen ? { security: [] } : {}), responses } };
}

function stateSchema(status: string): Json {
  return { type: 'object', properties: { status: { const: status } }, required: ['status'] };
}

/** OpenAPI 3.1, made from the schemas that the interface itself validates with. */
export function openApiDocument(resources: readonly Resource[], version: string): Json {
  const paths: Record<string, Json> = { ...PLAIN_PATHS };
  for (const resource of resources) {
    const path = `/api/v1${resource.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [resource.method.toLowerCase()]: operation(resource) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'TapeDeck', version, license: { name: 'MIT' } },
    security: [{ bearer: [] }, { session: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'tapedeck_session' },
      },
      schemas: { Problem: PROBLEM_SCHEMA },
    },
    paths,
  };
}

function operation(resource: Resource): Json {
  return {
    summary: resource.summary,
    operationId: `${resource.method.toLowerCase()}${resource.path.replace(/[/:-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    parameters: [...pathParameters(resource), ...queryParameters(resource)],
    ...(resource.body === null
      ? {}
      : {
          requestBody: {
            required: !resource.body.safeParse({}).success,
            content: { 'application/json': { schema: schemaOf(resource.body, 'input') } },
          },
        }),
    responses: { ...success(resource), default: PROBLEM_RESPONSE },
  };
}

function success(resource: Resource): Json {
  const row = schemaOf(resource.row, 'output');
  if (resource.method === 'DELETE') return { 204: { description: 'Deleted' } };
  if (!resource.isList) {
    const status = resource.method === 'POST' && !resource.isAction ? 201 : 200;
    return { [status]: { description: 'OK', content: { 'application/json': { schema: row } } } };
  }
  const list = {
    type: 'object',
    properties: { data: { type: 'array', items: row }, nextCursor: { type: ['string', 'null'] } },
    required: ['data', 'nextCursor'],
  };
  return {
    200: {
      description: 'OK',
      content: { 'application/json': { schema: list }, 'text/csv': { schema: { type: 'string' } } },
    },
  };
}

function pathParameters(resource: Resource): readonly Json[] {
  const names = [...resource.path.matchAll(/:(\w+)/g)].map((found) => found[1]);
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters(resource: Resource): readonly Json[] {
  return Object.entries(resource.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType, 'input');
    return {
      name,
      in: 'query',
      required: !(schema as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
