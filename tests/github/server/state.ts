import type { KeyObject } from 'node:crypto';

export interface Account {
  readonly login: string;
  readonly type: 'User' | 'Bot';
  /** The App behind a bot. */
  readonly appId?: number;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly publicKey: KeyObject;
  /** Where it is installed; null where it is not. */
  readonly installationId: number | null;
}

export interface Pull {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  readonly user: Account;
  readonly head: string;
  /** The owner of the fork that the head is a branch of; null where it is a branch of the repository. */
  readonly fork: string | null;
  readonly base: string;
  mergeCommit: string | null;
  /** How often it is still answered that GitHub has not computed whether it can be merged. */
  computing?: number;
  /** Not to be merged until somebody says that it is ready. */
  draft?: boolean;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Comment {
  readonly id: number;
  readonly pull: number;
  readonly user: Account;
  body: string;
  at: string;
}

export interface Review {
  readonly id: number;
  readonly pull: number;
  readonly user: Account;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly commit: string;
  readonly at: string;
}

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly appId: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly annotations: readonly unknown[];
}

export interface Repository {
  readonly owner: string;
  readonly repo: string;
  /** The bare repository that has its branches. */
  readonly folder: string;
  readonly settings: Record<string, unknown>;
  readonly pulls: Pull[];
  comments: Comment[];
  readonly reviews: Review[];
  readonly checkRuns: CheckRun[];
  readonly rulesets: Record<string, unknown>[];
  readonly environments: Map<string, Record<string, unknown>>;
  readonly branchPolicies: Map<string, Record<string, unknown>[]>;
  /** What is wrong with CODEOWNERS; null while there is none. */
  codeownersErrors: readonly Record<string, unknown>[] | null;
  /** By login; whoever is not here may read. */
  readonly permissions: Map<string, 'admin' | 'write' | 'read'>;
}

/** Everything that the server knows. Its clock goes on by itself, and so slowly that some changes fall into one second. */
export class ServerState {
  readonly repository: Repository;
  readonly apps: App[] = [];
  /** By token. */
  readonly accounts = new Map<string, Account>();
  #changes = 0;
  #ids = 1000;

  constructor(owner: string, repo: string, folder: string) {
    const lists = { pulls: [], comments: [], reviews: [], checkRuns: [], rulesets: [] };
    const settings = { default_branch: 'main' };
    const maps = { environments: new Map(), branchPolicies: new Map(), permissions: new Map() };
    this.repository = { owner, repo, folder, settings, codeownersErrors: null, ...lists, ...maps };
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  /** The time of a change. */
  tick(): string {
    this.#changes += 1;
    const secondsSince2001 = Math.floor(this.#changes / 3);
    return new Date(Date.UTC(2001, 0, 1) + secondsSince2001 * 1000).toISOString().replace('.000Z', 'Z');
  }
}
