import { SignalboxError, type VersionRecord } from '@signalbox/contracts';
import {
  branchTip,
  commitFiles,
  createBranch,
  type Forge,
  type GitRepository,
  type Identity,
  moveBranch,
  readFileAtCommit,
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
  if (await holds(git, head, texts)) {
    if (head === judged || (await isRecordOf(git, { head, judged, texts }))) return { commit: head, changed: false };
  }
  if (head !== judged) throw movedOn(branch, { judged, head });
  const commit = await commitFiles(forge.repository, {
    parent: judged,
    files: texts,
    message: messageOf(recordedOf(outcomes)),
    author: identity,
  });
  await moveBranch(forge.repository, branch, { from: judged, to: commit });
  await forge.publishBranch(branch);
  return { commit, changed: true };
}

/** The same on a branch of the bot's own, made for this one commit: found again where it was made before. */
export async function branchOfRecords(
  { forge, git, identity, branch }: Where,
  { judged, outcomes, texts }: Records,
): Promise<{ readonly commit: string; readonly changed: boolean }> {
  const head = await branchTip(forge.repository, branch);
  if (head !== null && (await holds(git, head, texts)) && (await isRecordOf(git, { head, judged, texts }))) {
    return { commit: head, changed: false };
  }
  const message = messageOf(recordedOf(outcomes));
  const commit = await commitFiles(forge.repository, { parent: judged, files: texts, message, author: identity });
  await createBranch(forge.repository, branch, commit);
  await forge.publishBranch(branch);
  return { commit, changed: true };
}

async function holds({ folder }: GitRepository, commit: string, texts: ReadonlyMap<string, string>): Promise<boolean> {
  for (const [path, text] of texts) if ((await readFileAtCommit(folder, commit, path)) !== text) return false;
  return true;
}

/** Whether the head is the judged commit with these records and nothing else on top: said before, and then cut off. */
async function isRecordOf(
  git: GitRepository,
  { head, judged, texts }: { readonly head: string; readonly judged: string; readonly texts: Records['texts'] },
): Promise<boolean> {
  if (texts.size === 0 || (await git.commitOf(`${head}^1`)) !== judged) return false;
  const changed = (await git.run(['diff', '--name-only', '--no-renames', '-z', judged, head])).split('\0');
  return changed.filter((path) => path !== '').every((path) => texts.has(path));
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
