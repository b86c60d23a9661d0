import { readBlobs, runPlumbing } from '../../forge/index.js';
import { valueIn, versionIn } from '../changes/release-document.js';
import { recordPath, releasePath } from '../desired/head.js';

/** What a commit made of a file that one of its parents had otherwise: a blob, or nothing. */
interface Change {
  readonly commit: string;
  readonly before: string | null;
  readonly after: string | null;
}

type Changes = Map<string, Change[]>;

const RELEASES = ':(glob)releases/*/*.yaml';
const RECORDS = ':(glob)models/*/versions/*.yaml';
const LOG = ['log', '-m', '--reverse', '--raw', '--no-abbrev', '--no-renames', '--format=%H'];
const NO_BLOB = /^0+$/;
const COMMIT = /^[0-9a-f]{40,}$/;

/**
 * What release files and version records were on the main branch, and only what came since the head before is read. What stood there, by first parents: not
 * what was tried on the way. What was left there, against whichever parent had it: after `git pull` of one's own main the first parent is one's own, and what
 * people took back meanwhile would be as if it had never been. So a version that was left on a branch that was merged counts as left too.
 */
export class MainBranchHistory {
  readonly #repository: string;
  readonly #stood: Changes = new Map();
  /** Of release files alone, against each parent. */
  readonly #changed: Changes = new Map();
  /** What a blob says, of those that were asked for. */
  readonly #said = new Map<string, unknown>();
  readonly head: string;

  private constructor(repository: string, head: string) {
    this.#repository = repository;
    this.head = head;
  }

  /** `before`: what is known of a commit that is in the first-parent history of `head`, to read less. */
  static async read(repository: string, head: string, before: MainBranchHistory | null): Promise<MainBranchHistory> {
    const history = new MainBranchHistory(repository, head);
    if (before !== null) {
      for (const [path, changes] of before.#stood) history.#stood.set(path, [...changes]);
      for (const [path, changes] of before.#changed) history.#changed.set(path, [...changes]);
      for (const [blob, said] of before.#said) history.#said.set(blob, said);
    }
    const range = before === null ? head : `${before.head}..${head}`;
    const [stood, changed] = await Promise.all([
      runPlumbing(repository, [...LOG, '--first-parent', range, '--', RELEASES, RECORDS]),
      runPlumbing(repository, [...LOG, '--full-history', range, '--', RELEASES]),
    ]);
    addTo(history.#stood, stood.stdout.toString('utf8'));
    addTo(history.#changed, changed.stdout.toString('utf8'));
    return history;
  }

  /** Whether the release file has asked for a version, and later for something else. */
  async askedBefore(environment: string, model: string, version: number): Promise<boolean> {
    return (await this.leftAt(environment, model, version)).length > 0;
  }

  /** Every version that the release file has asked for. */
  async versionsAsked(environment: string, model: string): Promise<readonly number[]> {
    const asked = await this.#valuesAt(releasePath(environment, model), versionIn);
    return [...new Set(asked.filter((one) => one !== null))];
  }

  /** The commits by which the release file ceased to ask for a version. A text that cannot be read asks on for what stood there before. */
  async leftAt(environment: string, model: string, version: number): Promise<readonly string[]> {
    const changes = this.#changed.get(releasePath(environment, model)) ?? [];
    const blobs = [...new Set(changes.flatMap(({ after, before }) => [before, after]))];
    const said = await this.#valuesOf(blobs, versionIn);
    const says = new Map(blobs.map((blob, i) => [blob, said[i]] as const));
    const asking = new Set(blobs.filter((blob) => says.get(blob) === version));
    for (let known = -1; known !== asking.size; ) {
      known = asking.size;
      for (const { after, before } of changes) {
        if (after !== null && says.get(after) === null && asking.has(before)) asking.add(after);
      }
    }
    const left = changes.filter(({ after, before }) => asking.has(before) && !asking.has(after));
    return [...new Set(left.map(({ commit }) => commit))];
  }

  /** Whether there ever was a release file. */
  hadRelease(environment: string, model: string): boolean {
    return this.#changed.has(releasePath(environment, model));
  }

  /** The packages that records of a version have named, oldest first. */
  async packagesOf(model: string, version: number): Promise<readonly string[]> {
    const named = await this.#valuesAt(recordPath(model, version), packageIn);
    return [...new Set(named.filter((one) => one !== null))];
  }

  #valuesAt<T>(path: string, valueIn: (text: string) => T): Promise<readonly (T | null)[]> {
    return this.#valuesOf(
      (this.#stood.get(path) ?? []).map(({ after }) => after),
      valueIn,
    );
  }

  async #valuesOf<T>(blobs: readonly (string | null)[], valueIn: (text: string) => T): Promise<readonly (T | null)[]> {
    const missing = [...new Set(blobs)].filter((blob) => blob !== null).filter((blob) => !this.#said.has(blob));
    const texts = await readBlobs(this.#repository, missing);
    for (const [i, blob] of missing.entries()) this.#said.set(blob, valueIn(texts[i] ?? ''));
    return blobs.map((blob) => (blob === null ? null : (this.#said.get(blob) as T)));
  }
}

function addTo(changes: Changes, log: string): void {
  let commit = '';
  for (const line of log.split('\n')) {
    if (COMMIT.test(line)) commit = line;
    const [, before, after, path] = /^:[0-7]+ [0-7]+ ([0-9a-f]+) ([0-9a-f]+) [A-Z]\t(.+)$/.exec(line) ?? [];
    if (before === undefined || after === undefined || path === undefined) continue;
    const blobOf = (name: string): string | null => (NO_BLOB.test(name) ? null : name);
    const change = { commit, before: blobOf(before), after: blobOf(after) };
    changes.get(path)?.push(change) ?? changes.set(path, [change]);
  }
}

/** Null where the text is no record, as in a commit that was never valid. */
function packageIn(text: string): string | null {
  const digest = valueIn(text, ['package', 'digest']);
  return typeof digest === 'string' ? digest : null;
}
