import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { branchTip, commitFiles, runPlumbing } from '../../tools/forge/index.js';
import {
  openReconciler,
  type PassResult,
  type PromoteOptions,
  promote,
  rollback,
  runPass,
} from '../../tools/release/index.js';
import { createTestWorld, type TestWorld } from './release-world.js';

const ADA = { name: 'Ada Test', email: 'ada@example.com' };

/** A world for each test of a suite, with a reconciler over it, and the verbs as a person at `prod` types them. */
export function releaseStory() {
  let template: TestWorld;
  let world: TestWorld;
  let reconciler: Awaited<ReturnType<typeof openReconciler>>;
  let last: PassResult | null = null;

  beforeAll(async () => {
    template = await createTestWorld();
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    world = await template.copy();
    last = null;
    reconciler = await openReconciler(world.address);
  });
  afterEach(async () => {
    await reconciler.close();
    await world.remove();
  });

  const about = () => ({ repo: world.folder, model: 'late', environment: 'prod', merge: true, wallNow: Date.now });
  return {
    get world(): TestWorld {
      return world;
    },
    get reconciler() {
      return reconciler;
    },
    about,
    async pass(): Promise<PassResult> {
      last = await runPass(reconciler.tools, last);
      return last;
    },
    /** As after a promotion, for the price of a commit: for tests of what comes then. */
    async asked(version: number, strategy = 'direct'): Promise<void> {
      const { forge } = world;
      const files = new Map([['releases/prod/late.yaml', `version: ${version}\nstrategy: ${strategy}\n`]]);
      const parent = (await branchTip(forge, 'main'))!;
      const commit = await commitFiles(forge, { parent, files, message: `Ask for version ${version}`, author: ADA });
      await runPlumbing(forge, ['update-ref', 'refs/heads/main', commit, parent]);
    },
    promoted: (version: number, change: Partial<PromoteOptions> = {}) =>
      promote({ ...about(), version, rePromote: false, ...change }),
    back: (change = {}) => rollback({ ...about(), ...change }),
    manifest: (result: PassResult) => result.models.find((one) => one.model === 'late')!.manifest!,
  };
}
