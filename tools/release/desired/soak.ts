import { resolve } from 'node:path';
import {
  type Environment,
  type EvidenceCell,
  isSignalboxError,
  parseDurationMs,
  type RolloutManifest,
} from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { PodReports, staleAfterMs } from '../../evidence/index.js';
import { type Published, readPublished } from '../../trust/index.js';
import type { MainBranch } from '../branch/main-branch.js';
import { eventNowUs } from '../event-clock.js';
import { evidenceFor } from '../evidence.js';
import { readDecisions } from '../pass/kept-reasons.js';
import type { LiveElsewhere, Soak } from '../waits/index.js';
import { type Head, rootPath } from './head.js';

export interface SoakQuestion {
  readonly head: Head;
  /** The environment in which it must have been live. */
  readonly environment: string;
  readonly model: string;
  readonly digest: string;
  /** To answer a segment there for good is enough: only one version of a model is the champion, and here it shall stand beside another. */
  readonly beside: boolean;
}

/** Reads what other environments run, as their signed manifests say: needs no key of theirs. */
export class SoakReader {
  readonly #branch: Pick<MainBranch, 'readFile'>;
  readonly #repo: string;
  readonly #wallNow: () => number;
  readonly #seen = new Map<string, Published>();
  readonly #pods = new Map<string, PodReports>();

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

  async #read({ beside, digest, environment, head, model }: SoakQuestion): Promise<Soak> {
    const settings = head.workspace.environments.get(environment)?.environment;
    if (!settings) return { problem: 'its document cannot be read' };
    const root = await this.#branch.readFile(head.commit, rootPath(environment));
    if (root === null) return { problem: 'it has no root yet' };
    const store = openBlobStore(resolve(this.#repo, settings.stores.artifacts));
    const reader = { store, environment, rootBytes: Buffer.from(root, 'utf8') };
    const published = await readPublished(reader, this.#seen.get(environment) ?? null);
    if (published === null) return { liveForUs: null };
    this.#seen.set(environment, published);
    const manifest = published.manifests.get(model);
    const isLive = (one: RolloutManifest): boolean => liveOf(one, beside).includes(digest);
    if (manifest === undefined || !isLive(manifest)) return { liveForUs: null };
    // Later manifests in which it is live were entered later: the one that made it live is found by the chain of decisions.
    const since = await readDecisions(store, manifest, isLive);
    const nowUs = await eventNowUs(this.#repo, settings, this.#wallNow);
    const first = since.at(-1);
    const { rollout, ...then } = first?.manifest ?? manifest;
    // A pin is no stage that a rollout enters: it counts from its decision.
    const pinnedAt = first?.eventNowUs ?? nowUs ?? rollout.enteredAt;
    const sinceUs = liveOf(then, false).includes(digest) ? rollout.enteredAt : pinnedAt;
    const seen = await this.#seenByPods({ store, settings, manifest, digest, beside });
    return { liveForUs: nowUs === null ? 0 : nowUs - sinceUs, sinceUs, ...seen };
  }

  /** What the other environment's pods say of the manifest that is published there. */
  async #seenByPods(about: {
    readonly store: BlobStore;
    readonly settings: Environment;
    readonly manifest: RolloutManifest;
    readonly digest: string;
    readonly beside: boolean;
  }): Promise<Pick<LiveElsewhere, 'applied' | 'answered'>> {
    const { beside, digest, manifest, settings, store } = about;
    const { environment, model, serial } = manifest;
    const pods = this.#pods.get(environment) ?? new PodReports(store, this.#wallNow);
    this.#pods.set(environment, pods);
    const staleMs = staleAfterMs(parseDurationMs(settings.pods.poll));
    const reports = await pods.read({ environment, models: [model], staleMs });
    const evidence = evidenceFor(reports, model).filter((pod) => pod.fresh && pod.appliedSerial === serial);
    const answered = evidence.some(({ cells }) =>
      cells.some((cell) => cell.package === digest && isAnswer(cell, beside)),
    );
    return { applied: evidence.length > 0, answered };
  }
}

/** Failures of its own are no answers: a fallback hid them. */
const isAnswer = ({ asked, failed, route }: EvidenceCell, beside: boolean): boolean =>
  (route === 'champion' || (beside && route === 'segment')) &&
  asked > Object.values(failed).reduce((sum, count) => sum + count, 0);

/** The packages that answer users for good. */
function liveOf(
  { champion, packages, segments }: Pick<RolloutManifest, 'champion' | 'packages' | 'segments'>,
  beside: boolean,
): readonly (string | undefined)[] {
  const versions = [champion, ...(beside ? segments.map(({ version }) => version) : [])];
  return versions.map((version) => packages.find((one) => one.version === version)?.digest);
}
