import { changedPaths, runPlumbing } from '../../forge/index.js';
import { confirmationPath, holdPath, releasePath } from '../desired/head.js';
import { parentsSince, type Span, waysIn } from './arrival.js';

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
const LINE = `^(${KEYS.join('|')}):`;

/** Whether some line of a message could be one of these trailers. */
export const mayDecide = (message: string): boolean => new RegExp(LINE, 'im').test(message);

/** What a commit says in a trailer. */
export interface Said {
  readonly commit: string;
  readonly key: TrailerKey;
  /** As `repromotion` and `emergencyEnd` write it. */
  readonly value: string;
}

/** What people decided by trailers in the history of a commit. One `git log` for all models, and only of what came since the head before. */
export class MainBranchTrailers {
  readonly #repository: string;
  readonly #said: readonly Said[];
  readonly head: string;

  private constructor(repository: string, head: string, said: readonly Said[]) {
    this.#repository = repository;
    this.#said = said;
    this.head = head;
  }

  /** `before`: what is known of a commit that is in the history of `head`. */
  static async read(repository: string, head: string, before: MainBranchTrailers | null): Promise<MainBranchTrailers> {
    const range = before === null ? head : `${before.head}..${head}`;
    const said = await trailersIn(repository, range);
    return new MainBranchTrailers(repository, head, before === null ? said : [...before.#said, ...said]);
  }

  /** Whether a commit that is newer says so, and came to the branch with changes each of which lets it count. */
  async saysSince(key: TrailerKey, value: string, span: Omit<Span, 'head'>): Promise<Heard> {
    const said = this.#said.filter((one) => one.key === key && one.value === value);
    if (said.length === 0) return false;
    const newer = { ...span, head: this.head };
    const parents = await parentsSince(this.#repository, newer);
    let inVain: string | null = null;
    for (const { commit } of said) {
      const steps = waysIn(commit, parents, newer);
      if (steps === null) continue;
      const changes = steps.map(({ from, to }) => changedPaths(this.#repository, from, to));
      if ((await Promise.all(changes)).every((paths) => letsCount({ key, value }, paths))) return true;
      inVain = commit;
    }
    return inVain === null ? false : { inVain };
  }
}

/** Whether people said something; or a commit that says so and decides nothing, as what brought it does not show it. */
export type Heard = boolean | { readonly inVain: string };

/** For whoever wrote it: what was not heard looks like what nobody said. */
export function inVainSentence(key: TrailerKey, value: string, { inVain }: { readonly inVain: string }): string {
  return `commit ${inVain.slice(0, 12)} says “${key}: ${value}”, and that decides nothing: it seems to have come to the main branch with other changes, as by a pull request about something else or a merge by git pull. Whoever means it says it once more, by a commit of nothing else (git commit --allow-empty)`;
}

/**
 * The trailers of the commits in a range. A merge commit's own are none: a forge writes the title of a pull request there, which is no commit of the
 * branch that people looked at.
 */
export async function trailersIn(repository: string, range: string): Promise<readonly Said[]> {
  const format = `--format=%x00%H${KEYS.map((key) => `%n%(trailers:key=${key},unfold)`).join('')}`;
  // The filter is only for speed: what a trailer is, Git says by the format.
  const filter = ['--no-merges', '--regexp-ignore-case', '--extended-regexp', `--grep=${LINE}`];
  const { stdout } = await runPlumbing(repository, ['log', ...filter, format, range, '--']);
  const entries = stdout.toString('utf8').split('\0').slice(1);
  return entries.flatMap((entry) => {
    const [commit, ...lines] = entry.split('\n');
    return lines.flatMap((line) => saidIn(commit!, line));
  });
}

function saidIn(commit: string, line: string): readonly Said[] {
  const [, name, value] = /^([A-Za-z-]+): *(.*\S)\s*$/.exec(line) ?? [];
  const key = KEYS.find((one) => one.toLowerCase() === name?.toLowerCase());
  return key === undefined || value === undefined ? [] : [{ commit, key, value }];
}

/** What a trailer is about; null: it is none that anybody could have meant. */
export function aboutOf({ value }: Pick<Said, 'value'>): {
  readonly environment: string;
  readonly model: string;
  /** A digest, or a serial. */
  readonly what: string;
} | null {
  const [, environment, model, what] = /^([^/@]+)\/([^/@]+)@(\S+)$/.exec(value) ?? [];
  return environment && model && what ? { environment, model, what } : null;
}

/**
 * Whether a change of these paths lets a trailer count: what it decides must be seen by whoever answers for the environment. A change of nothing at all
 * is nothing but its message, so it hides none. Pure.
 */
export function letsCount(said: Pick<Said, 'key' | 'value'>, paths: readonly string[]): boolean {
  const about = aboutOf(said);
  if (about === null) return false;
  const { environment, model, what } = about;
  if (paths.length === 0) return true;
  if (said.key === END_EMERGENCY_TRAILER) return paths.some((path) => path.startsWith(`releases/${environment}/`));
  const own = [releasePath(environment, model), holdPath(environment, what), confirmationPath(environment, what)];
  return own.some((path) => paths.includes(path));
}
