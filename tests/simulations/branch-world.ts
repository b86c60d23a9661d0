import { parseWorkspace } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { PodReports } from '../../tools/evidence/index.js';
import type { Head, PassTools } from '../../tools/release/index.js';
import type { KeySet } from '../../tools/trust/index.js';
import { NO_HISTORY, toYaml, worldDocuments } from '../support/release-world.js';

/** A main branch in memory: what it asked for, commit by commit. Only its length ever changes. */
export class MemoryBranch {
  readonly heads: Head[] = [];
  readonly #asked: (number | null)[] = [];

  /** Asks for a version of `late` in prod, or freezes, by documents that replace the ones of the test world. */
  push(documents: Readonly<Record<string, unknown>>): string {
    const commit = String(this.heads.length + 1).padStart(40, '0');
    const all = toYaml({ ...worldDocuments(), ...documents });
    const { findings, workspace } = parseWorkspace(new Map(Object.entries(all)));
    this.heads.push({ commit, findings, workspace });
    this.#asked.push(workspace.environments.get('prod')?.releases.get('late')?.version ?? null);
    return commit;
  }

  ask(version: number, strategy = 'canary'): string {
    return this.push({ 'releases/prod/late.yaml': { version, strategy } });
  }

  /** As a reconciler sees it. `at` answers which head it is told of, from 0: a mirror may lag behind. */
  view(at: () => number = () => this.heads.length - 1): PassTools['branch'] {
    const numberOf = (commit: string): number => Number(commit);
    return {
      commit: async () => this.heads[at()]!.commit,
      read: async (commit) => this.heads[numberOf(commit) - 1]!,
      notInHistory: async (head, commits) => commits.filter((one) => numberOf(one) > numberOf(head)),
      saysSince: async () => false,
      history: async (head) => ({
        ...NO_HISTORY,
        versionsAsked: async (_environment, model) =>
          model === 'late' ? this.#asked.slice(0, numberOf(head)).flatMap((one) => one ?? []) : [],
        packagesOf: async (model, version) => {
          const records = this.heads.slice(0, numberOf(head)).map(({ workspace }) => workspace.versions.get(model));
          return [...new Set(records.flatMap((one) => one?.get(version)?.package.digest ?? []))];
        },
        askedBefore: async (_environment, _model, version) => {
          const asked = this.#asked.slice(0, numberOf(head));
          const first = asked.indexOf(version);
          return first !== -1 && asked.slice(first).some((other) => other !== version);
        },
      }),
    };
  }
}

export interface MemoryEnvironment {
  readonly store: BlobStore;
  readonly branch: PassTools['branch'];
  readonly keys: KeySet;
  readonly rootBytes: Uint8Array;
  readonly wallNow: () => number;
}

/** A reconciler of prod whose forge and bots do nothing. */
export function toolsOf({ branch, keys, rootBytes, store, wallNow }: MemoryEnvironment): PassTools {
  return {
    environment: 'prod',
    sync: async () => undefined,
    branch,
    publisher: { store, environment: 'prod', rootBytes, keys, wallNow },
    evidence: new PodReports(store, wallNow),
    metrics: { read: async () => new Map() },
    soaks: { soakOf: async () => ({ liveForUs: null }) },
    log: { latestArrival: async () => null },
    withdrawals: { ensure: async () => ({ model: 'late', version: 1, number: null, state: 'closed', problem: null }) },
    promotions: { ensure: async () => [] },
    wallNow,
    monotonicNow: wallNow,
  };
}
