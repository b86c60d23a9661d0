import type { FastifyReply } from 'fastify';
import type { Endpoint } from './endpoints.js';
import type { ServerOptions } from './server-options.js';

const RETRY_AFTER_S = 1;

/** `/livez`, `/readyz` with reasons, and `/metrics`. None of them touches a model's thread. */
export function healthEndpoints({ pod, metrics }: ServerOptions): Endpoint[] {
  return [
    { method: 'GET', url: '/livez', handler: () => ({ live: true }) },
    {
      method: 'GET',
      url: '/readyz',
      handler: (_, reply) => {
        const readiness = pod.readiness();
        return withReadiness(reply, readiness.ready).send(readiness);
      },
    },
    {
      method: 'GET',
      url: '/metrics',
      handler: async (_, reply) => {
        reply.header('content-type', metrics.registry.contentType);
        return metrics.registry.metrics();
      },
    },
  ];
}

/** 503 with Retry-After while not ready: what balancers and clients both understand. */
export function withReadiness(reply: FastifyReply, ready: boolean): FastifyReply {
  return ready ? reply.code(200) : reply.code(503).header('retry-after', RETRY_AFTER_S);
}
