import { SignalboxError, type VersionRecord } from '@signalbox/contracts';
import {
  branchesNear,
  bringsJust,
  commitFiles,
  createBranch,
  type Forge,
  flatBranch,
  freeName,
  type GitRepository,
  type Identity,
  moveBranch,
  readCommits,
  readFileAtCommit,
  saysJust,
} from '../../forge/index.js';
import { formatVersionRecord, versionPath } from '../version-record.js';
import type { Outcome } from './statement.js';

type Recorded = Extract<Outcome, { readonly kind: 'recorded' }> & { readonly record: VersionRecord };

const recordedOf = (outcomes: readonly Outcome[]): readonly Recorded[] =>
  outcomes.filter((one): one is Recorded => one.kind === 'recorded');

/** The files of the records that were earned, by path. */
export function recordTexts(outcomes: readonly Outcome[]): ReadonlyMap<string, string> {
  return new Map(
    recordedOf(outcomes).map(({ model, record, version }) => [
      versionPath(model, version),
      formatVersionRecord(record),
    ]),
  );
}

export interface Where {
  readonly forge: Forge;
  readonly git: GitRepository;
  readonly identity: Identity;
  readonly branch: string;
}

export interface Records {
  /** The commit that was judged. */
  readonly judged: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly outcomes: readonly Outcome[];
}

/**
 * Commits records on top of the judged commit and moves the branch there, if it is still at that commit; a branch that has them already stays. The
 * commit is made aside, so an interruption leaves nothing or all of it. Throws `release/refused` when the branch has moved on.
 */
export async function commitRecords(
  { forge, git, identity, branch }: Where,
  { judged, outcomes, texts }: Records,
): Promise<{ readonly commit: string; readonly changed: boolean }> {
  const head = await forge.headOf(branch);
  const message = messageOf(recordedOf(outcomes));
  if (head === judged ? await holds(git, head, texts) : await isRecordOf(git, head, { judged, texts, message }))
    return { commit: head, changed: false };
  if (head !== judged) throw movedOn(branch, { judged, head });
  const commit = await commitFiles(forge.repository, { parent: judged, files: texts, message, author: identity });
  await moveBranch(forge.repository, branch, { from: judged, to: commit });
  await forge.publishBranch(branch);
  return { commit, changed: true };
}

/**
 * The same on a branch of the bot's own, made for this one commit: found again where it was made before. A branch of that name, or in its way, that
 * somebody else made is left alone, and the next name taken.
 */
export async function branchOfRecords(
  { forge, git, identity, branch: first }: Where,
  { judged, outcomes, texts }: Records,
): Promise<{ readonly branch: string; readonly commit: string; readonly changed: boolean }> {
  const message = messageOf(recordedOf(outcomes));
  const near = await branchesNear(forge.repository, first);
  for (const [branch, head] of near) {
    if (!branch.startsWith(first) && !branch.startsWith(flatBranch(first))) continue;
    if (await isRecordOf(git, head, { judged, texts, message })) return { branch, commit: head, changed: false };
  }
  const branch = freeName(first, near);
  const commit = await commitFiles(forge.repository, { parent: judged, files: texts, message, author: identity });
  await createBranch(forge.repository, branch, commit);
  await forge.publishBranch(branch);
  return { branch, commit, changed: true };
}

async function holds({ folder }: GitRepository, commit: string, texts: ReadonlyMap<string, string>): Promise<boolean> {
  for (const [path, text] of texts) if ((await readFileAtCommit(folder, commit, path)) !== text) return false;
  return true;
}

/** Whether the head is the judged commit with these records on top and nothing else, in tree, history or words: said before, and then cut off. */
async function isRecordOf(
  { folder }: GitRepository,
  head: string,
  { judged, message, texts }: Pick<Records, 'judged' | 'texts'> & { readonly message: string },
): Promise<boolean> {
  const [facts] = await readCommits(folder, [head]);
  if (facts === undefined || facts.parents.join() !== judged || !saysJust(facts.message, message)) return false;
  return bringsJust(folder, facts, { parent: judged, files: texts });
}

function messageOf(recorded: readonly Recorded[]): string {
  const names = recorded.map(({ model, version }) => `${model} version ${version}`).join(', ');
  const lines = recorded.map(({ record }) => `Package ${record.package.digest}, run ${record.run}.`);
  return `Record ${names}\n\n${lines.join('\n')}`;
}

function movedOn(branch: string, { judged, head }: { readonly judged: string; readonly head: string }): SignalboxError {
  return new SignalboxError(
    'release/refused',
    `${branch} is at ${head.slice(0, 12)} now, and ${judged.slice(0, 12)} was judged`,
    { hint: 'Nothing is to be done: the newer commit is judged and spoken of by itself.' },
  );
}
