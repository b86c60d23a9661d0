import { isAncestor, runPlumbing } from '../../forge/index.js';

/** The trailer of a commit message that promotes a rejected package again: `Re-promote: prod/flight-delay@sha256:…`. */
export const REPROMOTE_TRAILER = 'Re-promote';

export function repromotion(environment: string, model: string, digest: string): string {
  return `${environment}/${model}@${digest}`;
}

/** The trailer that ends an emergency release, so that Git decides again: `End-emergency: prod/flight-delay@12`, with the serial that was signed by hand. */
export const END_EMERGENCY_TRAILER = 'End-emergency';

export function emergencyEnd(environment: string, model: string, serial: number): string {
  return `${environment}/${model}@${serial}`;
}

export type TrailerKey = typeof REPROMOTE_TRAILER | typeof END_EMERGENCY_TRAILER;
const KEYS = [REPROMOTE_TRAILER, END_EMERGENCY_TRAILER] as const;

/** What people decided by trailers in the history of a commit. One `git log` for all models, and only of what came since the head before. */
export class MainBranchTrailers {
  readonly #repository: string;
  /** The commits that say something, by `key: value`. */
  readonly #commits: ReadonlyMap<string, readonly string[]>;
  readonly head: string;

  private constructor(repository: string, head: string, commits: ReadonlyMap<string, readonly string[]>) {
    this.#repository = repository;
    this.#commits = commits;
    this.head = head;
  }

  /** `before`: what is known of a commit that is in the history of `head`. */
  static async read(repository: string, head: string, before: MainBranchTrailers | null): Promise<MainBranchTrailers> {
    const commits = new Map(before === null ? [] : before.#commits);
    const format = `--format=%x00%H${KEYS.map((key) => `%n%(trailers:key=${key},unfold)`).join('')}`;
    const range = before === null ? head : `${before.head}..${head}`;
    // The filter is only for speed: what a trailer is, Git says by the format.
    const filter = ['--regexp-ignore-case', '--extended-regexp', `--grep=^(${KEYS.join('|')}):`];
    const { stdout } = await runPlumbing(repository, ['log', ...filter, format, range]);
    for (const entry of stdout.toString('utf8').split('\0').slice(1)) {
      const [commit, ...lines] = entry.split('\n');
      for (const said of lines.flatMap(trailerIn)) commits.set(said, [...(commits.get(said) ?? []), commit!]);
    }
    return new MainBranchTrailers(repository, head, commits);
  }

  /** Whether a commit that `since` has not says so. */
  async saysSince(key: TrailerKey, value: string, since: string): Promise<boolean> {
    for (const commit of this.#commits.get(nameOf(key, value)) ?? []) {
      if (!(await isAncestor(this.#repository, commit, since))) return true;
    }
    return false;
  }
}

const nameOf = (key: string, value: string): string => `${key.toLowerCase()}: ${value}`;

function trailerIn(line: string): readonly string[] {
  const [, key, value] = /^([A-Za-z-]+): *(.*\S)\s*$/.exec(line) ?? [];
  return key === undefined || value === undefined ? [] : [nameOf(key, value)];
}
