import { type CompiledAggregateView, type CompiledEntity, isSignalboxError, type KeyValue } from '@signalbox/contracts';
import { readView } from '../../features/index.js';
import { BadRequest, parseKeys, requestTime } from '../../prediction/index.js';
import type { Endpoint } from '../endpoints.js';
import { HttpError } from '../http-errors.js';
import type { PodView } from '../pod-view.js';
import { notReady } from '../served-model.js';
import type { ServerOptions } from '../server-options.js';

const FIELDS = ['view', 'entity', 'at'];

/**
 * `GET /v1/features?view=<name>&entity=<key>[&at=<T>]`: the values of a feature view for one entity, with status and age. `entity` is the key
 * itself where there is one, else JSON: a list in key order, or an object.
 */
export function featuresEndpoint({ pod, online }: ServerOptions): Endpoint {
  return {
    method: 'GET',
    url: '/v1/features',
    handler: async (request) => {
      const query = request.query as Record<string, unknown>;
      const unknown = Object.keys(query).find((name) => !FIELDS.includes(name));
      if (unknown !== undefined) throw new BadRequest(unknown, 'unknown parameter', `Known: ${FIELDS.join(', ')}.`);
      const { view, replay } = findView(pod, query.view);
      const entity = parseEntity(view.entity, query.entity);
      const atUs = requestTime({ replay }, numeric(query.at), pod.eventNowUs());
      try {
        return await readView(online, view, { entity, atUs });
      } catch (error) {
        throw unreadable(error);
      }
    },
  };
}

function findView(pod: PodView, name: unknown): { view: CompiledAggregateView; replay: boolean } {
  const known = new Set<string>();
  for (const table of pod.tables()) {
    for (const { loaded } of table.versions.values()) {
      for (const view of loaded?.bundle.views ?? []) {
        if (view.kind !== 'aggregate') continue;
        if (view.name === name) return { view, replay: table.shape.replay };
        known.add(view.name);
      }
    }
  }
  if (typeof name !== 'string') throw new BadRequest('view', 'expected the name of a feature view', knownHint(known));
  if (pod.awaits(null)) throw notReady();
  throw new HttpError({
    status: 404,
    code: 'input/unknown-reference',
    field: 'view',
    message: `no model of this pod uses a feature view ${JSON.stringify(name.slice(0, 80))}`,
    hint: knownHint(known),
  });
}

function knownHint(known: ReadonlySet<string>): string {
  return known.size === 0 ? 'No model is loaded.' : `In use: ${[...known].sort().join(', ')}.`;
}

function parseEntity(entity: CompiledEntity, text: unknown): KeyValue[] {
  if (typeof text !== 'string') {
    throw new BadRequest(
      'entity',
      `expected the keys of ${entity.name}: ${entity.keys.map((key) => key.name).join(', ')}`,
    );
  }
  const [first] = entity.keys;
  if (entity.keys.length === 1 && !/^[[{]/.test(text)) {
    return parseKeys(entity, first!.type === 'int' ? numeric(text) : text, 'entity');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(
      'entity',
      'expected JSON',
      `Send ${JSON.stringify(entity.keys.map((key) => key.name))} with values.`,
    );
  }
  if (!Array.isArray(value)) return parseKeys(entity, value, 'entity');
  return parseKeys(
    entity,
    Object.fromEntries(entity.keys.map((key, index) => [key.name, (value as unknown[])[index]])),
    'entity',
  );
}

function numeric(value: unknown): unknown {
  return typeof value === 'string' && /^-?[0-9]{1,16}$/.test(value) ? Number(value) : value;
}

/** The store is away, or does not hold the view yet. */
function unreadable(error: unknown): unknown {
  if (!isSignalboxError(error)) return error;
  const { code, message, hint } = error;
  return new HttpError({ status: 503, code, message, retryAfterS: 1, ...(hint === undefined ? {} : { hint }) });
}
