import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerFormat } from './answer-format.ts';
import type { AnswerFormat } from './answer-format.ts';
import { csvText } from './csv-text.ts';
import { openApiDocument } from './openapi.ts';
import { PROBLEM_TYPE, ProblemError, problem } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Answer, Resource } from './resource.ts';
import { restResources } from './resources.ts';
import type { RestServices } from './rest-services.ts';

const BASE = '/api/v1';

export function registerRest(app: FastifyInstance, services: RestServices, version: string): void {
  const resources = restResources(services);
  const document = openApiDocument(resources, version);
  app.get(`${BASE}/openapi.json`, (_request, reply) => reply.send(document));
  for (const resource of resources) {
    app.route({
      method: resource.method,
      url: BASE + resource.path,
      handler: async (request, reply) => {
        const format = answerFormat(request.headers.accept, resource.isList);
        if (format === null) throw notAcceptable(resource.isList);
        const answer = await resource.answer({
          query: request.query as Record<string, unknown>,
          parameters: request.params as Record<string, string>,
          body: request.body,
        });
        return sendAnswer(request, reply, resource, answer, format);
      },
    });
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  resource: Resource,
  answer: Answer,
  format: AnswerFormat,
): FastifyReply {
  if (answer.kind === 'gone') return reply.status(204).send();
  if (answer.kind === 'one') return reply.send(answer.value);
  if (answer.kind === 'created') return reply.status(201).header('location', answer.location).send(answer.value);
  void reply.header('vary', 'accept');
  if (answer.nextCursor !== null)
    void reply.header('link', `<${nextPage(request.url, answer.nextCursor)}>; rel="next"`);
  if (format === 'json') return reply.send({ data: answer.rows, nextCursor: answer.nextCursor });
  return reply.type('text/csv; charset=utf-8').send(csvText(resource.row, answer.rows));
}

function nextPage(url: string, cursor: string): string {
  const next = new URL(url, 'http://here');
  next.searchParams.set('cursor', cursor);
  return `${next.pathname}${next.search}`;
}

function notAcceptable(isList: boolean): ProblemError {
  const detail = `This answers in application/json${isList ? ' or text/csv' : ''}; Accept allows nothing of that.`;
  return new ProblemError(problem(406, 'not-acceptable', 'Not acceptable', detail));
}
