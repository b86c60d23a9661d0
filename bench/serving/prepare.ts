import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileBundle, type FeatureBundle } from '@signalbox/contracts';
import { RejectedFiles, runMaterializer } from '@signalbox/serving/materializer';
import { openModel } from '@signalbox/serving/runtime';
import { openEventLog, openOnlineStore } from '@signalbox/serving/stores';
import type { BoostedTrees } from '../../models/flight-delay/boost.js';
import { toOnnx } from '../../models/flight-delay/onnx.js';
import type { TreeNode } from '../../models/flight-delay/tree.js';
import { ServingWorld } from '../../tests/support/serving-world.js';
import { loadWorkspace } from '../../tools/validate/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTE_US = 60_000_000;
const AIRPORTS = 60;
const DAYS = 8;
const EVENT_EVERY_US = 15 * MINUTE_US;
const BODIES = 2_000;

export interface Prepared {
  readonly world: ServingWorld;
  readonly bodies: string;
  readonly description: string;
}

/** The worked example's model and features on synthetic flights of the last days, released in a world of its own. */
export async function prepare(): Promise<Prepared> {
  const { bundle } = compileBundle(await loadWorkspace(ROOT), 'flight-delay');
  const world = await ServingWorld.create();
  const events = await fillOnlineStore(world, bundle);
  await release(world, bundle);
  const bodies = world.path('bodies.jsonl');
  await writeFile(
    bodies,
    `${Array.from({ length: BODIES }, (_, index) => JSON.stringify(bodyOf(index))).join('\n')}\n`,
  );
  const entities = new Set(bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.entity.name] : [])));
  return {
    world,
    bodies,
    description: `${bundle.order.length} features of ${entities.size} entities (${[...entities].join(', ')}), ${TREES.count} trees, ${events} events, a tenth of the answers logged (the default)`,
  };
}

/** Deterministic, so that every run is the same work. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const airport = (index: number): string => `A${String(index % AIRPORTS).padStart(2, '0')}`;
const destinationOf = (origin: number, turn: number): number => origin + 1 + (turn % 5);

async function fillOnlineStore(world: ServingWorld, bundle: FeatureBundle): Promise<number> {
  const log = openEventLog(world.path('log'));
  const online = openOnlineStore(world.path('online'));
  for (const view of bundle.views) if (view.kind === 'aggregate') await online.registerView(view, {});
  const random = generator(1);
  const startUs = Date.now() * 1000 - DAYS * 24 * 60 * MINUTE_US;
  let count = 0;
  for (let turn = 0; turn < (DAYS * 24 * 60 * MINUTE_US) / EVENT_EVERY_US - 20; turn += 1) {
    const events = Array.from({ length: AIRPORTS }, (_, origin) => {
      const eventTs = startUs + turn * EVENT_EVERY_US + origin * 1_000_000;
      const delay = Math.floor(random() * 60) - 20;
      const row = {
        date: eventTs,
        delay,
        distance: 500,
        origin: airport(origin),
        destination: airport(destinationOf(origin, turn)),
      };
      return { eventTs, arrivalTs: eventTs + 3 * 60 * MINUTE_US, key: row.origin, row };
    });
    events.sort((a, b) => a.arrivalTs - b.arrivalTs);
    await log.append('flights', events);
    count += events.length;
  }
  await runMaterializer({ log, online, rejected: new RejectedFiles(world.path('rejected')), once: true });
  await log.close();
  await online.close();
  return count;
}

function bodyOf(index: number): unknown {
  const origin = index % AIRPORTS;
  const route = { origin: airport(origin), destination: airport(destinationOf(origin, index)) };
  return {
    entities: { origin: { origin: route.origin }, route },
    request: { distance: 200 + (index % 2000) },
    unit: `user-${index}`,
  };
}

const TREES = { count: 100, depth: 6 };

async function release(world: ServingWorld, bundle: FeatureBundle): Promise<void> {
  const features = bundle.order.length;
  const random = generator(2);
  const grow = (depth: number): TreeNode => {
    if (depth === 0) return { kind: 'leaf', value: Math.fround((random() - 0.5) / 20) };
    const feature = Math.floor(random() * features);
    const split = { feature, threshold: Math.fround(random() * 40), bin: 0, missingLeft: random() < 0.5 };
    return { kind: 'split', ...split, left: grow(depth - 1), right: grow(depth - 1) };
  };
  const model: BoostedTrees = {
    base: 0,
    linear: null,
    trees: Array.from({ length: TREES.count }, () => grow(TREES.depth)),
  };
  const onnx = toOnnx(model, { input: 'features', output: 'score', features });
  const modelPath = world.path('model.onnx');
  await writeFile(modelPath, onnx);
  const row = Float32Array.from({ length: features }, (_, index) => index);
  const opened = await openModel({ modelPath, input: 'features', features, output: { tensor: 'score', column: 0 } });
  const scores = await opened.score(row);
  await opened.close();
  const entry = await world.addPackage({ version: 1, bundle, onnx, golden: { rows: [[...row]], scores: [...scores] } });
  await world.publish(
    world.manifest([entry], {
      clock: 'wall',
      rule: '0.2',
      limits: { timeoutMs: 1_000, priority: 'normal', costClass: null },
    }),
  );
}
