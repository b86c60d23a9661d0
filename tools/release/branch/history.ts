import { readBlobs, runPlumbing } from '../../forge/index.js';
import { valueIn, versionIn } from '../changes/release-document.js';
import { recordPath, releasePath } from '../desired/head.js';

/** What a file became on the main branch by a commit: a blob, or nothing. */
interface Content {
  readonly commit: string;
  readonly blob: string | null;
}

const RELEASES_AND_RECORDS = [':(glob)releases/*/*.yaml', ':(glob)models/*/versions/*.yaml'];
const NO_BLOB = /^0+$/;
const COMMIT = /^[0-9a-f]{40,}$/;

/**
 * The contents that release files and version records have had on the main branch, by first parents: what counts is what stood there, not what was
 * tried on the way. One `git log` for all of them, and only of what came since the head before.
 */
export class MainBranchHistory {
  readonly #repository: string;
  readonly #contents = new Map<string, Content[]>();
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
      for (const [path, contents] of before.#contents) history.#contents.set(path, [...contents]);
      for (const [blob, said] of before.#said) history.#said.set(blob, said);
    }
    const range = before === null ? head : `${before.head}..${head}`;
    const args = ['log', '--first-parent', '-m', '--reverse', '--raw', '--no-abbrev', '--no-renames', '--format=%H'];
    const { stdout } = await runPlumbing(repository, [...args, range, '--', ...RELEASES_AND_RECORDS]);
    let commit = '';
    for (const line of stdout.toString('utf8').split('\n')) {
      if (COMMIT.test(line)) commit = line;
      else history.#add(line, commit);
    }
    return history;
  }

  #add(line: string, commit: string): void {
    const [, blob, path] = /^:[0-7]+ [0-7]+ [0-9a-f]+ ([0-9a-f]+) [A-Z]\t(.+)$/.exec(line) ?? [];
    if (blob === undefined || path === undefined) return;
    const contents = this.#contents.get(path) ?? [];
    contents.push({ commit, blob: NO_BLOB.test(blob) ? null : blob });
    this.#contents.set(path, contents);
  }

  /** Whether the release file has asked for a version, and later for something else. */
  async askedBefore(environment: string, model: string, version: number): Promise<boolean> {
    const asked = await this.#valuesOf(releasePath(environment, model), versionIn);
    const first = asked.indexOf(version);
    return first !== -1 && asked.slice(first).some((other) => other !== version);
  }

  /** Every version that the release file has asked for. */
  async versionsAsked(environment: string, model: string): Promise<readonly number[]> {
    const asked = await this.#valuesOf(releasePath(environment, model), versionIn);
    return [...new Set(asked.filter((one) => one !== null))];
  }

  /**
   * The commit by which the release file last ceased to ask for a version; null: it never did. A text that cannot be read asks on for what stood there
   * before.
   */
  async leftAt(environment: string, model: string, version: number): Promise<string | null> {
    const path = releasePath(environment, model);
    const asked = await this.#valuesOf(path, versionIn);
    let [isAsked, left]: [boolean, string | null] = [false, null];
    for (const [i, { blob, commit }] of (this.#contents.get(path) ?? []).entries()) {
      if (blob !== null && asked[i] === null) continue;
      if (isAsked && asked[i] !== version) left = commit;
      isAsked = asked[i] === version;
    }
    return left;
  }

  /** Whether there ever was a release file. */
  hadRelease(environment: string, model: string): boolean {
    return this.#contents.has(releasePath(environment, model));
  }

  /** The packages that records of a version have named, oldest first. */
  async packagesOf(model: string, version: number): Promise<readonly string[]> {
    const named = await this.#valuesOf(recordPath(model, version), packageIn);
    return [...new Set(named.filter((one) => one !== null))];
  }

  async #valuesOf<T>(path: string, valueIn: (text: string) => T): Promise<readonly (T | null)[]> {
    const contents = (this.#contents.get(path) ?? []).map(({ blob }) => blob);
    const blobs = contents.filter((blob) => blob !== null);
    const missing = [...new Set(blobs)].filter((blob) => !this.#said.has(blob));
    const texts = await readBlobs(this.#repository, missing);
    for (const [i, blob] of missing.entries()) this.#said.set(blob, valueIn(texts[i] ?? ''));
    return contents.map((blob) => (blob === null ? null : (this.#said.get(blob) as T)));
  }
}

/** Null where the text is no record, as in a commit that was never valid. */
function packageIn(text: string): string | null {
  const digest = valueIn(text, ['package', 'digest']);
  return typeof digest === 'string' ? digest : null;
}
