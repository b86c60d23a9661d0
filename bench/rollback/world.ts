import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compileBundle, digestJson } from '@signalbox/contracts';
import { openBlobStore, openOnlineStore, putBlob } from '@signalbox/serving/stores';
import { flatProfile } from '../../tests/support/flat-profile.js';
import { linearOnnx } from '../../tests/support/onnx-models.js';
import {
  createTestWorld,
  recordOf,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../tests/support/release-world.js';
import { readWorkspaceCommit } from '../../tools/forge/index.js';
import { buildPackage } from '../../tools/registry/build-package.js';

export const MODEL = 'late';
/** As in the production environment of the worked example. */
export const RECONCILE_POLL = '500ms';
export const POD_POLL = '500ms';

/** A repository whose versions 1 and 2 are real packages (they differ in their constant score), with an online store, keys and a root. */
export async function prepareWorld(): Promise<TestWorld> {
  // A number names one package for ever: the records come with the real packages.
  const unrecorded = Object.entries(worldDocuments()).filter(([path]) => !path.includes('/versions/'));
  const documents = Object.fromEntries(unrecorded);
  const environment = documents['releases/prod/environment.yaml'] as object;
  const settings = { ...environment, reconcile: { poll: RECONCILE_POLL }, pods: { poll: POD_POLL } };
  const world = await createTestWorld({ ...documents, 'releases/prod/environment.yaml': settings });
  const folder = (name: string): string => join(world.folder, '.signalbox', name);
  await mkdir(folder('log'), { recursive: true });
  await openOnlineStore(folder('online')).close();
  const [first, second] = [await packVersion(world, 1), await packVersion(world, 2)];
  const boundTo = { ...recordOf(2).boundTo, champion: first.package.digest };
  await world.commit(
    toYaml({
      'models/late/versions/1.yaml': { ...recordOf(1), ...first },
      'models/late/versions/2.yaml': { ...recordOf(2), ...second, boundTo },
    }),
    'Record two versions',
  );
  return world;
}

async function packVersion(world: TestWorld, version: number) {
  const head = await world.git.requireCommit('HEAD');
  const { bundle, digest: features } = compileBundle((await readWorkspaceCommit(world.folder, head)).workspace, MODEL);
  const store = openBlobStore(join(world.folder, '.signalbox', 'store'));
  const onnx = linearOnnx({ weights: bundle.order.map(() => 0), bias: version });
  const built = await buildPackage(store, {
    model: MODEL,
    onnx: { digest: await putBlob(store, onnx), sizeBytes: onnx.length },
    bundle,
    featuresDigest: digestJson(bundle),
    serving: { input: 'features', output: { tensor: 'score', column: 0 } },
    golden: {
      schema: 'signalbox/golden/1',
      rows: [bundle.order.map(() => 0)],
      scores: [1 / (1 + Math.exp(-version))],
      tolerance: 1e-5,
    },
    profile: flatProfile(MODEL, bundle.order),
  });
  const { trainedOn } = recordOf(version);
  return { package: { digest: built.digest, sizeBytes: built.sizeBytes }, trainedOn: { ...trainedOn, features } };
}
