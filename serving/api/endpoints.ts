import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { HttpError } from './http-errors.js';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Adds endpoints, and 405 with `Allow` for the other methods of each path, which Fastify would call not found. */
export function addEndpoints(app: FastifyInstance, endpoints: readonly Endpoint[]): void {
  for (const { method, url, handler } of endpoints) app.route({ method, url, handler });
  for (const url of new Set(endpoints.map((endpoint) => endpoint.url))) {
    const allowed: HTTPMethods[] = endpoints
      .filter((endpoint) => endpoint.url === url)
      .map((endpoint) => endpoint.method);
    app.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url,
      handler: (request, reply) => {
        reply.header('allow', allowed.join(', '));
        throw new HttpError({
          status: 405,
          code: 'serving/bad-request',
          message: `${request.method} is not allowed here; use ${allowed.join(' or ')}`,
        });
      },
    });
  }
}
