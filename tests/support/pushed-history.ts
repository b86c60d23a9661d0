import { mulberry32 } from '../../tools/statistics/index.js';

/** What a commit has: a release file, and pages. */
interface State {
  readonly release: string | null;
  readonly pages: ReadonlySet<string>;
}

interface Commit extends State {
  readonly mark: number;
  readonly parents: readonly number[];
  readonly message: string;
}

export interface Told {
  readonly release: string;
  readonly trailer: string;
}

type Kind = 'page' | 'release' | 'say' | 'say with the release';

/**
 * A main branch as people push it: commits, merges of pull requests, and merges by `git pull` of one's own main, whose first parent may be either side. What
 * it was is known from what was pushed, tip by tip, whatever the commits look like afterwards.
 */
export class PushedHistory {
  readonly #told: Told;
  readonly #random: () => number;
  readonly #commits: Commit[] = [];
  readonly #firstMark: number;
  readonly tips: Commit[] = [];
  /** By which tip each commit with the trailer came. */
  readonly saidBy: number[] = [];
  #changes = 0;

  /** Marks from `firstMark` on name the commits, so that many histories go into one repository at once. */
  constructor(told: Told, { firstMark, seed }: { readonly firstMark: number; readonly seed: number }) {
    this.#told = told;
    this.#random = mulberry32(seed);
    this.#firstMark = firstMark;
    this.tips.push(this.#commit([], { release: 'version: 1\n', pages: new Set() }));
  }

  pick<T>(among: readonly T[]): T {
    return among[Math.floor(this.#random() * among.length)]!;
  }

  /** Somebody pushes a commit. */
  push(): void {
    const { commit, says } = this.#change(this.tips.at(-1)!, this.pick<Kind>(['page', 'release', 'release']));
    this.#tip(commit, says ? 1 : 0);
  }

  /** A pull request is merged, which may say the line beside a page, beside the release, or alone. */
  mergeRequest(): void {
    const kinds = this.pick<readonly Kind[]>([
      ['say'],
      ['say', 'page'],
      ['say', 'page'],
      ['page', 'release'],
      ['say with the release'],
    ]);
    this.#merge(this.pick(this.tips.slice(-4)), { kinds, order: (ours, theirs) => [theirs, ours] });
  }

  /** Somebody merges the main branch into commits of their own, on what it was once, and pushes that. */
  pull(from: readonly Commit[], kinds: readonly Kind[]): void {
    const isSwapped = this.#random() < 0.3;
    this.#merge(this.pick(from), { kinds, order: (ours, theirs) => (isSwapped ? [theirs, ours] : [ours, theirs]) });
  }

  #merge(
    base: Commit,
    {
      kinds,
      order,
    }: { readonly kinds: readonly Kind[]; readonly order: (ours: number, theirs: number) => readonly number[] },
  ): void {
    let [side, said] = [base, 0];
    for (const kind of kinds) {
      const { commit, says } = this.#change(side, kind);
      [side, said] = [commit, said + (says ? 1 : 0)];
    }
    const main = this.tips.at(-1)!;
    const release = side.release === base.release ? main.release : side.release;
    const pages = new Set([...main.pages, ...side.pages]);
    this.#tip(this.#commit(order(side.mark, main.mark), { release, pages }), said);
  }

  #tip(commit: Commit, said: number): void {
    this.tips.push(commit);
    for (let i = 0; i < said; i += 1) this.saidBy.push(this.tips.length - 1);
  }

  #change(parent: Commit, kind: Kind): { readonly commit: Commit; readonly says: boolean } {
    const says = kind.startsWith('say');
    const { pages, release } = parent;
    this.#changes += 1;
    const state = {
      release: kind.includes('release') ? this.#otherThan(release) : release,
      pages: kind === 'page' ? new Set([...pages, `docs/${this.#changes}.md`]) : pages,
    };
    const message = says ? `Say it\n\n${this.#told.trailer}` : 'Change';
    return { commit: this.#commit([parent.mark], state, message), says };
  }

  #otherThan(release: string | null): string | null {
    const slip = `version: "slip ${this.#changes}"\n`;
    const versions = [1, 2, 3, 4].map((version) => `version: ${version}\n`);
    return this.pick([...versions, ...versions, slip, null].filter((one) => one !== release));
  }

  #commit(parents: readonly number[], state: State, message = 'Merge'): Commit {
    const mark = this.#firstMark + this.#commits.length;
    const commit = { ...state, mark, parents, message };
    this.#commits.push(commit);
    return commit;
  }

  /** Input of `git fast-import`, with a branch for each tip. */
  script(nameOf: (tip: number) => string): string {
    const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
    const lines = this.#commits.map(({ mark, message, pages, parents, release }) => {
      const [first, ...others] = parents;
      const files = [...[...pages].map((page) => [page, 'A page.\n'] as const), [this.#told.release, release] as const];
      return [
        `commit refs/heads/building\nmark :${mark}\ncommitter Ada Test <ada@example.com> ${1_700_000_000 + mark} +0000\n`,
        data(message),
        // A first commit must not stand on what was built before.
        first === undefined ? '' : `from :${first}\n`,
        ...others.map((other) => `merge :${other}\n`),
        'deleteall\n',
        ...files.flatMap(([path, text]) => (text === null ? [] : [`M 644 inline ${path}\n`, data(text)])),
        '\n',
      ].join('');
    });
    const refs = this.tips.map(({ mark }, i) => `reset refs/heads/${nameOf(i)}\nfrom :${mark}\n\n`);
    return ['reset refs/heads/building\n\n', ...lines, ...refs].join('');
  }

  /** What the release file asked for at each tip; a slip asks on. */
  #asked(): readonly (number | null)[] {
    const asked: (number | null)[] = [];
    for (const { release } of this.tips) {
      const [, version] = /^version: (\d+)$/m.exec(release ?? '') ?? [];
      const isSlip = release !== null && version === undefined;
      asked.push(isSlip ? (asked.at(-1) ?? null) : version === undefined ? null : Number(version));
    }
    return asked;
  }

  /** The tips by which the main branch ceased to ask for a version. */
  leftBy(version: number): readonly number[] {
    const asked = this.#asked();
    return asked.flatMap((now, i) => (asked[i - 1] === version && now !== version ? [i] : []));
  }

  /** Whether the line was said after a tip, by a push that changed nothing else or the release. */
  isSaidSince(since: number): boolean {
    return this.saidBy.some((tip) => tip > since && this.#shows(tip));
  }

  #shows(tip: number): boolean {
    const [before, now] = [this.tips[tip - 1]!, this.tips[tip]!];
    return before.release !== now.release || before.pages.size === now.pages.size;
  }
}
