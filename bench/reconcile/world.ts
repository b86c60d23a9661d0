import { join } from 'node:path';
import { digestBytes } from '@signalbox/contracts';
import { blobKey, openBlobStore } from '@signalbox/serving/stores';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { recordOf, toYaml, worldDocuments } from '../../tests/support/release-world.js';
import { runPlumbing, runPlumbingLine } from '../../tools/forge/index.js';
import { openPlace, openReconciler, type PassResult, type PassTools, runPass } from '../../tools/release/index.js';
import { buildRoot, mintKeys } from '../../tools/trust/index.js';

export const ENVIRONMENTS = ['dev', 'staging', 'prod'];

/** A repository with many models, each with two versions and a release in three environments, and a reconciler that has published them all. */
export class ManyModels {
  readonly #repository: TestRepository;
  readonly #environments: {
    readonly tools: PassTools;
    last: PassResult | null;
    readonly close: () => Promise<void>;
  }[] = [];
  #head = '';

  private constructor(repository: TestRepository) {
    this.#repository = repository;
  }

  static async create(models: number): Promise<ManyModels> {
    const world = new ManyModels(await createTestRepository());
    await world.#commit(await world.#documents(models), 'Release everything');
    await world.open();
    await world.pass();
    return world;
  }

  /** Reconcilers that know nothing yet, as in a new process. */
  async open(): Promise<void> {
    await this.#close();
    const address = { repo: this.#repository.folder, wallNow: Date.now };
    const place = await openPlace(address);
    for (const environment of ENVIRONMENTS) {
      this.#environments.push({ last: null, ...(await openReconciler({ ...address, environment }, place)) });
    }
  }

  /** Asks all environments for another version of one model. */
  async promote(model: number, version: number): Promise<void> {
    const files = ENVIRONMENTS.map((name) => [`releases/${name}/m${model}.yaml`, releaseOf(version)] as const);
    await this.#commit(Object.fromEntries(files), `Promote m${model}`);
  }

  /** One pass over all environments, side by side; answers how many manifests it published. */
  async pass(): Promise<number> {
    const results = await Promise.all(
      this.#environments.map(async (one) => {
        one.last = await runPass(one.tools, one.last);
        return one.last.models.filter(({ changed }) => changed).length;
      }),
    );
    return results.reduce((sum, published) => sum + published, 0);
  }

  async remove(): Promise<void> {
    await this.#close();
    await this.#repository.remove();
  }

  async #close(): Promise<void> {
    for (const { close } of this.#environments.splice(0)) await close();
  }

  /** By one process, whatever the number of files. */
  async #commit(files: Readonly<Record<string, string>>, message: string): Promise<void> {
    const from = this.#head === '' ? [] : [`from ${this.#head}`];
    const contents = Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${dataOf(text)}`);
    const commit = ['commit refs/heads/main', 'committer Ada Test <ada@example.com> now', dataOf(message), ...from];
    const input = `${[...commit, ...contents].join('\n')}\n`;
    await runPlumbing(this.#repository.forge, ['fast-import', '--quiet', '--date-format=now'], { input });
    this.#head = await runPlumbingLine(this.#repository.forge, ['rev-parse', 'refs/heads/main']);
  }

  async #documents(models: number): Promise<Record<string, string>> {
    const shared = worldDocuments();
    const [card, environment] = [shared['models/late/model.yaml'], shared['releases/prod/environment.yaml']];
    const kept = Object.entries(shared).filter(([path]) => !/^models\/|environment\.yaml$/.test(path));
    const documents = toYaml(Object.fromEntries(kept));
    for (const name of ENVIRONMENTS) {
      const keys = await mintKeys({ dir: join(this.#repository.folder, '.signalbox', 'keys'), environment: name });
      documents[`releases/${name}/root.json`] = Buffer.from(buildRoot(keys, { nowMs: Date.now() })).toString('utf8');
      Object.assign(documents, toYaml({ [`releases/${name}/environment.yaml`]: environment }));
    }
    for (let model = 0; model < models; model += 1) {
      Object.assign(documents, modelDocuments(model, card));
      await this.#putPackages(model);
    }
    return documents;
  }

  async #putPackages(model: number): Promise<void> {
    const store = openBlobStore(join(this.#repository.folder, '.signalbox', 'store'));
    for (const text of [1, 2].map((version) => packageOf(model, version))) {
      await store.write(blobKey(digestBytes(text)), text);
    }
  }
}

const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`;
const releaseOf = (version: number): string => `version: ${version}\nstrategy: direct\n`;

const packageOf = (model: number, version: number): string => `package ${version} of m${model}`;

function modelDocuments(model: number, card: unknown): Record<string, string> {
  const records = [1, 2].map((version) => {
    const champion = version === 1 ? null : digestBytes(packageOf(model, version - 1));
    const boundTo = { champion, evaluationData: digestBytes('some'), policy: recordOf(version).boundTo.policy };
    const record = recordOf(version, {
      boundTo,
      package: { digest: digestBytes(packageOf(model, version)), sizeBytes: 1000 },
    });
    return [`models/m${model}/versions/${version}.yaml`, record] as const;
  });
  const releases = ENVIRONMENTS.map((name) => [`releases/${name}/m${model}.yaml`, releaseOf(1)] as const);
  return {
    ...toYaml({ [`models/m${model}/model.yaml`]: card, ...Object.fromEntries(records) }),
    ...Object.fromEntries(releases),
  };
}
