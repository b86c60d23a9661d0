import type { Endpoint } from '../endpoints.js';
import type { ServerOptions } from '../server-options.js';

/** `GET /v1/status`: what the pod also writes to the artifact store for the reconciler. */
export function statusEndpoint({ pod }: ServerOptions): Endpoint {
  return { method: 'GET', url: '/v1/status', handler: (_, reply) => reply.send(pod.status()) };
}
