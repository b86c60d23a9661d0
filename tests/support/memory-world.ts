import { Readable } from 'node:stream';
import { digestBytes, SignalboxError } from '@signalbox/contracts';
import type { BlobStore, ReadLimits, StoredObject, WriteCondition } from '@signalbox/serving/stores';
import type { Identity, NewPullRequest, PullRequest, PullRequestFilter } from '../../tools/forge/index.js';
import type { BotForge, BotGit, OwnChange, ReleaseState } from '../../tools/release/index.js';

/** Called before and after the effect of every operation; what it throws is the failure that the caller sees. */
export type Gate = (when: 'before' | 'after') => void;

/** A store in memory, by the contract of `BlobStore`, as far as passes use it. */
export class MemoryStore implements BlobStore {
  readonly objects: Map<string, Uint8Array>;
  readonly #gate: Gate;

  constructor(objects = new Map<string, Uint8Array>(), gate: Gate = () => undefined) {
    this.objects = objects;
    this.#gate = gate;
  }

  async read(key: string, limits?: ReadLimits): Promise<StoredObject | null> {
    this.#gate('before');
    const bytes = this.objects.get(key);
    if (bytes === undefined) return null;
    if (limits && bytes.length > limits.maxBytes) throw new SignalboxError('store/too-large', key);
    return { bytes, etag: digestBytes(bytes) };
  }

  async readIfChanged(key: string, etag: string | null, limits?: ReadLimits) {
    const found = await this.read(key, limits);
    return found !== null && found.etag === etag ? 'unchanged' : found;
  }

  async write(key: string, content: Uint8Array | string, condition?: WriteCondition) {
    this.#gate('before');
    const bytes = Buffer.from(content);
    const known = this.objects.get(key);
    const holds =
      condition === undefined ||
      ('ifAbsent' in condition ? known === undefined : known !== undefined && digestBytes(known) === condition.ifMatch);
    if (!holds) throw new SignalboxError('store/conflict', key, { retryable: true });
    this.objects.set(key, bytes);
    this.#gate('after');
    return { etag: digestBytes(bytes) };
  }

  async openRead(key: string): Promise<Readable> {
    return Readable.from([(await this.read(key))!.bytes]);
  }

  writeFile(): Promise<void> {
    throw new Error('not in memory');
  }

  localPath(): Promise<string> {
    throw new Error('not in memory');
  }

  async *list(prefix: string) {
    this.#gate('before');
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix)) yield { key, sizeBytes: this.objects.get(key)!.length };
    }
  }

  async listNames(prefix: string): Promise<readonly string[]> {
    this.#gate('before');
    const below = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
    return [...new Set(below.map((rest) => rest.replace(/\/.*/, '/')))].sort();
  }

  async remove(key: string): Promise<void> {
    this.#gate('before');
    this.objects.delete(key);
    this.#gate('after');
  }
}

/** A forge and its branches in memory, as far as bots use them. */
export class MemoryForge implements BotForge, BotGit {
  readonly pulls: PullRequest[];
  /** By name: the message of the commit at the tip. */
  readonly branches: Map<string, string>;
  readonly files: Map<string, ReadonlyMap<string, string | null>> = new Map();
  /** Why each was closed. */
  readonly reasons: string[] = [];
  failsNext = false;
  refusesMerges = false;
  readonly #gate: Gate;

  constructor(pulls: PullRequest[] = [], branches = new Map<string, string>(), gate: Gate = () => undefined) {
    this.pulls = pulls;
    this.branches = branches;
    this.#gate = (when) => {
      if (this.failsNext) {
        this.failsNext = false;
        throw new SignalboxError('git/failed', 'cut');
      }
      gate(when);
    };
  }

  async listPullRequests({ head, state }: PullRequestFilter = {}): Promise<readonly PullRequest[]> {
    this.#gate('before');
    const isIn = (one: PullRequest) => (head === undefined || one.head === head) && (!state || one.state === state);
    return this.pulls.filter(isIn);
  }

  async self(by: Identity): Promise<string> {
    return by.name;
  }

  async getPullRequest(number: number): Promise<PullRequest> {
    this.#gate('before');
    return this.pulls[number - 1]!;
  }

  async merge(number: number): Promise<{ readonly commit: string; readonly pullRequest: PullRequest }> {
    this.#gate('before');
    if (this.refusesMerges) throw new SignalboxError('release/refused', 'not mergeable');
    const pullRequest = this.#change(number, { state: 'merged' });
    this.#gate('after');
    return { commit: 'd'.repeat(40), pullRequest };
  }

  async close(number: number, _by?: Identity, reason = ''): Promise<void> {
    this.#gate('before');
    this.reasons.push(reason);
    this.#change(number, { state: 'closed' });
    this.#gate('after');
  }

  async publishBranch(): Promise<void> {
    this.#gate('before');
  }

  async readFile(): Promise<string | null> {
    this.#gate('before');
    return null;
  }

  async namesFor(branches: readonly string[]): Promise<readonly string[]> {
    return branches;
  }

  /** A commit is known by its branch: what one holds never changes here. */
  async tipWith(branch: string, { files, says }: OwnChange): Promise<string | null> {
    this.#gate('before');
    const found = this.files.get(branch);
    if (!says(this.branches.get(branch)?.trimEnd() ?? '')) return null;
    return found && JSON.stringify([...found]) === JSON.stringify([...files]) ? branch : null;
  }

  async isForeign(branch: string, says: OwnChange['says']): Promise<boolean> {
    const message = this.branches.get(branch);
    return message !== undefined && !says(message);
  }

  async isBehind(): Promise<boolean> {
    return false;
  }

  #change(number: number, change: Partial<PullRequest>): PullRequest {
    const changed = { ...this.pulls[number - 1]!, ...change };
    this.pulls[number - 1] = changed;
    return changed;
  }

  async openPullRequest({ author, base, body, head, title }: NewPullRequest): Promise<PullRequest> {
    this.#gate('before');
    const number = this.pulls.length + 1;
    const state = { comments: [], checks: {}, approvals: [], mergeCommit: null, openedAt: '2001-04-01T00:00:00Z' };
    const opened: PullRequest = { number, author: author.name, base, body, head, title, state: 'open', ...state };
    this.pulls.push(opened);
    this.#gate('after');
    return opened;
  }

  async releaseHistory(): Promise<readonly ReleaseState[]> {
    this.#gate('before');
    return [];
  }

  async hasBranch(branch: string): Promise<boolean> {
    this.#gate('before');
    return this.branches.has(branch);
  }

  async commitTo(
    branch: string,
    { files, message }: { readonly files: ReadonlyMap<string, string | null>; readonly message: string },
  ): Promise<void> {
    this.#gate('before');
    if (this.branches.has(branch)) throw new SignalboxError('git/conflict', branch);
    this.branches.set(branch, message);
    this.files.set(branch, files);
    this.#gate('after');
  }
}
