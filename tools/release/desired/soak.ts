import { resolve } from 'node:path';
import { isSignalboxError, type RolloutManifest } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { type Published, readPublished } from '../../trust/index.js';
import type { MainBranch } from '../branch/main-branch.js';
import { eventNowUs } from '../event-clock.js';
import { readDecisions } from '../pass/kept-reasons.js';
import type { Soak } from '../waits/index.js';
import type { Head } from './head.js';

export interface SoakQuestion {
  readonly head: Head;
  /** The environment in which it must have been live. */
  readonly environment: string;
  readonly model: string;
  readonly digest: string;
}

/** Reads what other environments run, as their signed manifests say: needs no key of theirs. */
export class SoakReader {
  readonly #branch: Pick<MainBranch, 'readFile'>;
  readonly #repo: string;
  readonly #wallNow: () => number;
  readonly #seen = new Map<string, Published>();

  constructor(branch: Pick<MainBranch, 'readFile'>, repo: string, wallNow: () => number) {
    this.#branch = branch;
    this.#repo = repo;
    this.#wallNow = wallNow;
  }

  /** Never throws for what the other environment cannot say: only what waits for it waits then. */
  async soakOf(question: SoakQuestion): Promise<Soak> {
    try {
      return await this.#read(question);
    } catch (error) {
      if (isSignalboxError(error)) return { problem: error.message };
      throw error;
    }
  }

  async #read({ digest, environment, head, model }: SoakQuestion): Promise<Soak> {
    const settings = head.workspace.environments.get(environment)?.environment;
    if (!settings) return { problem: 'its document cannot be read' };
    const root = await this.#branch.readFile(head.commit, `releases/${environment}/root.json`);
    if (root === null) return { problem: 'it has no root yet' };
    const store = openBlobStore(resolve(this.#repo, settings.stores.artifacts));
    const reader = { store, environment, rootBytes: Buffer.from(root, 'utf8') };
    const published = await readPublished(reader, this.#seen.get(environment) ?? null);
    if (published === null) return { liveForUs: null };
    this.#seen.set(environment, published);
    const manifest = published.manifests.get(model);
    if (manifest === undefined || championOf(manifest) !== digest) return { liveForUs: null };
    // Later manifests of the same champion were entered later: the one that made it live is found by the chain of decisions.
    const since = await readDecisions(store, manifest, (one) => championOf(one) === digest);
    const becameLive = since.at(-1)?.manifest ?? manifest;
    const nowUs = await eventNowUs(this.#repo, settings, this.#wallNow);
    return { liveForUs: nowUs === null ? 0 : nowUs - becameLive.rollout.enteredAt };
  }
}

const championOf = ({ champion, packages }: RolloutManifest): string | undefined =>
  packages.find(({ version }) => version === champion)?.digest;
