import { compileView, type FeatureBundle, type FeatureView, type PodStatus } from '@signalbox/contracts';
import { RejectedFiles, runMaterializer } from '@signalbox/serving/materializer';
import { openEventLog, openOnlineStore } from '@signalbox/serving/stores';
import { emergency } from '@signalbox/tools/release';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linearOnnx } from '../support/onnx-models.js';
import { type PodProcess, startPod, until } from '../support/pod-process.js';
import { DEFINITIONS, HOUR_US, MODEL, NOW_US, ServingWorld, sigmoid } from '../support/serving-world.js';

/** The same name with another meaning: version 1 counts a day, version 2 three hours, and by another entity as well. */
const counts = (entity: string, window: string): FeatureView => ({
  kind: 'aggregate',
  description: 'Flights',
  entity,
  source: 'flights',
  mode: 'sawtooth',
  delay: '0s',
  aggregations: [{ function: 'count', name: 'count', windows: [window] }] as never,
});

function bundleOf(views: ReadonlyMap<string, FeatureView>): FeatureBundle {
  const compiled = [...views.keys()].map((name) => compileView({ ...DEFINITIONS, views }, name));
  const order = compiled.flatMap((view) => view.features.map((feature) => `${view.name}.${feature.name}`));
  return { schema: 'signalbox/feature-bundle/1', views: compiled, order };
}

const DAY = bundleOf(new Map([['busy', counts('route', '24h')]]));
const HOURS = bundleOf(
  new Map([
    ['busy', counts('route', '3h')],
    ['airport', counts('origin', '24h')],
  ]),
);
const WEIGHT = 0.1;

interface Answer {
  readonly version: number;
  readonly prediction: number;
  readonly degraded: string | null;
}

describe('going back across a change of feature definitions', () => {
  let world: ServingWorld;
  let pod: PodProcess;

  beforeAll(async () => {
    world = await ServingWorld.create();
    await happen([10, 9, 8, 7, 6, 5, 4, 2, 1], { register: true });
    await world.initialise();
    pod = await startPod(world.podArguments('pod-1'));
  });
  afterAll(async () => {
    pod?.process.kill('SIGKILL');
    await world?.remove();
  });

  /** Flights so many hours before now, as they reach the log and the online store. */
  async function happen(hoursAgo: readonly number[], { register = false } = {}): Promise<void> {
    const [log, online] = [openEventLog(world.path('log')), openOnlineStore(world.path('online'))];
    for (const view of register ? [...DAY.views, ...HOURS.views] : [])
      if (view.kind === 'aggregate') await online.registerView(view, {});
    const events = hoursAgo.map((hours) => {
      const eventTs = NOW_US - hours * HOUR_US;
      const row = { date: eventTs, delay: 10, origin: 'ATL', destination: 'LAX' };
      return { eventTs, arrivalTs: NOW_US, key: 'ATL', row };
    });
    await log.append('flights', events);
    await runMaterializer({ log, online, rejected: new RejectedFiles(world.path('rejected')), once: true });
    await log.close();
    await online.close();
  }

  async function predict(): Promise<Answer> {
    const response = await fetch(`${pod.address}/v1/models/${MODEL}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ entities: { route: { origin: 'ATL', destination: 'LAX' }, origin: 'ATL' }, at: NOW_US }),
    });
    return (await response.json()) as Answer;
  }
  const applied = (serial: number) =>
    until(async () => {
      const status = (await (await fetch(`${pod.address}/v1/status`)).json()) as PodStatus;
      return status.models[MODEL]?.appliedSerial === serial ? true : null;
    });

  it('answers rightly at once, by what happened meanwhile, and loses no request', async () => {
    const onnx = (features: number) => linearOnnx({ weights: new Array(features).fill(WEIGHT), bias: 0 });
    const v1 = await world.addPackage({ version: 1, bundle: DAY, onnx: onnx(1) });
    const v2 = await world.addPackage({ version: 2, bundle: HOURS, onnx: onnx(2) });
    await world.publish(world.manifest([v1]));
    await applied(1);
    expect((await predict()).prediction).toBeCloseTo(sigmoid(9 * WEIGHT), 5);

    await world.publish(world.manifest([v2, v1], { previousChampion: 1 }));
    await applied(2);
    expect(await predict()).toMatchObject({ version: 2, degraded: null });
    expect((await predict()).prediction).toBeCloseTo(sigmoid((2 + 9) * WEIGHT), 5);

    await happen([3.5, 0.5]);
    const answers: Answer[] = [];
    let isOver = false;
    const traffic = (async () => {
      while (!isOver) answers.push(await predict());
    })();
    await emergency({
      ...{ repo: world.dir, environment: 'prod', model: MODEL, to: 1, reason: 'wrong features', by: 'Ada' },
      keyFile: world.path('keys/prod/emergency-1.pem'),
      places: { artifacts: world.path('artifacts'), root: world.path('root.json') },
      wallNow: Date.now,
    });
    await applied(3);
    isOver = true;
    await traffic;
    answers.push(await predict());

    expect(answers.at(-1)).toMatchObject({ version: 1 });
    for (const { degraded, prediction, version } of answers) {
      expect(degraded).toBeNull();
      expect(prediction).toBeCloseTo(sigmoid((version === 1 ? 11 : 3 + 11) * WEIGHT), 5);
    }
  });
});
