import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { addEndpoints } from './endpoints.js';
import { healthEndpoints } from './health.js';
import { HttpError, type HttpProblem, problemOf } from './http-errors.js';
import { readJsonBodies } from './json-body.js';
import { oipEndpoints } from './oip/endpoints.js';
import type { ServerOptions } from './server-options.js';
import { featuresEndpoint } from './v1/features.js';
import { outcomesEndpoint } from './v1/outcomes.js';
import { predictEndpoint } from './v1/predict.js';
import { statusEndpoint } from './v1/status.js';

/** How long a request may take to arrive, so that slow senders cannot hold connections. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_REQUEST_ID_LENGTH = 200;

/** The HTTP interface of a pod. Not listening yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A pod that is going away still answers what reaches it.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      const problem = problemOf(error);
      send(reply, problem, request.url.startsWith('/v2') ? oipError(problem) : v1Error(problem));
    },
  });
  app.addHook('onRequest', (request, reply, next) => {
    const id = request.headers['x-request-id'];
    if (typeof id === 'string' && id.length <= MAX_REQUEST_ID_LENGTH) reply.header('x-request-id', id);
    next();
  });
  handleErrors(app, { options, body: v1Error });
  readJsonBodies(app, 'application/json');
  app.register(async (v1) => {
    v1.removeContentTypeParser('text/plain');
    addEndpoints(v1, [
      predictEndpoint(options),
      outcomesEndpoint(options),
      featuresEndpoint(options),
      statusEndpoint(options),
      ...healthEndpoints(options),
    ]);
  });
  app.register(async (v2) => {
    handleErrors(v2, { options, body: oipError });
    // Real clients send JSON as octet-stream or with no content type: the whole body is JSON, whatever it is called.
    v2.removeAllContentTypeParsers();
    readJsonBodies(v2, '*');
    addEndpoints(v2, oipEndpoints(options));
  });
  app.setNotFoundHandler((request, reply) => {
    const problem: HttpProblem = {
      status: 404,
      code: 'serving/bad-request',
      message: `there is no ${request.url.split('?')[0]?.slice(0, 200)} here`,
      hint: 'See docs/serving.md for what a pod answers.',
    };
    send(reply, problem, request.url.startsWith('/v2') ? oipError(problem) : v1Error(problem));
  });
  return app;
}

function handleErrors(
  app: FastifyInstance,
  { options, body }: { readonly options: ServerOptions; readonly body: (problem: HttpProblem) => unknown },
): void {
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && !(error instanceof HttpError)) options.onBug(error);
    else options.metrics.refused.series({ status: problem.status }).value += 1;
    send(reply, problem, body(problem));
  });
}

function send(reply: FastifyReply, problem: HttpProblem, body: unknown): void {
  if (problem.retryAfterS !== undefined) reply.header('retry-after', problem.retryAfterS);
  reply.code(problem.status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
}

function v1Error({ code, message, field, hint }: HttpProblem): unknown {
  return { error: { code, message, field: field ?? null, hint: hint ?? null } };
}

function oipError({ message, hint }: HttpProblem): unknown {
  return { error: hint === undefined ? message : `${message} (${hint})` };
}
