import type { Endpoint } from '../endpoints.js';
import { withReadiness } from '../health.js';
import type { ServerOptions } from '../server-options.js';
import { findModel, infer } from './infer.js';
import { modelMetadata } from './metadata.js';

const SERVER_METADATA = { name: 'signalbox', version: '0.1.0', extensions: [] };

/** The Open Inference Protocol v2 over REST, with tensors as JSON. */
export function oipEndpoints(options: ServerOptions): Endpoint[] {
  const { pod } = options;
  const get = (url: string, handler: Endpoint['handler']): Endpoint => ({ method: 'GET', url, handler });
  const post = (url: string, handler: Endpoint['handler']): Endpoint => ({ method: 'POST', url, handler });
  // KServe's client reads the JSON of a health answer, others only the status: both are there.
  const live: Endpoint['handler'] = () => ({ live: true });
  const ready: Endpoint['handler'] = (_, reply) => {
    const { ready: isReady } = pod.readiness();
    return withReadiness(reply, isReady).send({ ready: isReady, live: true });
  };
  const modelReady: Endpoint['handler'] = (request) => ({
    name: findModel(options, request.params).table.manifest.model,
    ready: true,
  });
  const metadata: Endpoint['handler'] = (request) => modelMetadata(findModel(options, request.params).table);
  const model = '/v2/models/:model';
  const version = `${model}/versions/:version`;
  return [
    get('/v2', () => SERVER_METADATA),
    get('/v2/', () => SERVER_METADATA),
    get('/v2/health/live', live),
    get('/v2/health/ready', ready),
    get(model, metadata),
    get(version, metadata),
    get(`${model}/ready`, modelReady),
    get(`${version}/ready`, modelReady),
    post(`${model}/infer`, infer(options)),
    post(`${version}/infer`, infer(options)),
  ];
}
