import { isDeepStrictEqual } from 'node:util';
import { type DocumentKind, type DocumentOf, parseDocument } from '@signalbox/contracts';
import { stringify } from 'yaml';
import { branchTip, type Forge, type GitRepository, readFileAtCommit, runPlumbing } from '../../forge/index.js';
import type { Head } from '../desired/head.js';

/** What must be known to look for what was proposed before. */
export interface ProposalSources {
  readonly git: GitRepository;
  readonly forge: Pick<Forge, 'listPullRequests' | 'repository'>;
  readonly main: Pick<Head, 'commit'>;
}

export interface OpenProposal {
  readonly branch: string;
  readonly commit: string;
  /** Of its last commit. */
  readonly message: string;
  /** Of the paths that were asked about, in their order. */
  readonly texts: readonly (string | null)[];
}

/** The branch of a proposal that starts where the main branch is. */
export const proposalBranch = (name: string, { commit }: Pick<Head, 'commit'>): string =>
  `${name}-${commit.slice(0, 7)}`;

/**
 * Branches of this name that change these files and nothing else, and can be merged as they are, because the main branch did not touch these files since:
 * of open pull requests, wherever they branched off, and the one whose pull request a cut kept from being opened.
 */
export async function openProposals(
  sources: ProposalSources,
  { branch, paths }: { readonly branch: string; readonly paths: readonly string[] },
): Promise<readonly OpenProposal[]> {
  const { forge, git, main } = sources;
  const open = (await forge.listPullRequests({ state: 'open' })).map(({ head }) => head);
  const own = proposalBranch(branch, main);
  const found: OpenProposal[] = [];
  for (const name of new Set([...open.filter((head) => head.startsWith(`${branch}-`)), own])) {
    if ((await branchTip(forge.repository, name)) === null) continue;
    await git.run(['fetch', '--quiet', forge.repository, `refs/heads/${name}`]);
    const commit = await git.requireCommit('FETCH_HEAD');
    if (!(await changesOnly(git, { paths, main: main.commit, commit }))) continue;
    const texts = await Promise.all(paths.map((path) => readFileAtCommit(git.folder, commit, path)));
    const message = await git.run(['log', '-1', '--format=%B', commit]);
    found.push({ branch: name, commit, message: message.trimEnd(), texts });
  }
  return found;
}

/** Not where there is no common history, as after the main branch was rewritten. */
async function changesOnly(
  git: GitRepository,
  { commit, main, paths }: { readonly main: string; readonly commit: string; readonly paths: readonly string[] },
): Promise<boolean> {
  const { status, stdout } = await runPlumbing(git.folder, ['merge-base', main, commit], { answers: [0, 1] });
  if (status !== 0) return false;
  const from = stdout.toString('utf8').trim();
  const changed = await changedPaths(git, from, commit);
  if (!isDeepStrictEqual([...changed].sort(), [...paths].sort())) return false;
  return from === main || (await changedPaths(git, from, main)).every((path) => !paths.includes(path));
}

async function changedPaths(git: GitRepository, from: string, to: string): Promise<readonly string[]> {
  const differing = await git.run(['diff', '--name-only', '--no-renames', '-z', from, to]);
  return differing.split('\0').filter((path) => path !== '');
}

export interface SingleDocument<K extends DocumentKind> {
  readonly branch: string;
  readonly kind: K;
  readonly path: string;
  readonly document: DocumentOf<K>;
  /** What may differ: when it was proposed, and by whom. */
  readonly but: readonly (keyof DocumentOf<K>)[];
  /** What else must hold of one that was proposed before. */
  readonly isStill?: (document: DocumentOf<K>, message: string) => boolean;
}

/**
 * A document as an open proposal of the same change has it, or as it is given where there is none. What says when it was proposed would else be another
 * change each second: asking again could neither merge it nor use its approvals.
 */
export async function asProposed<K extends DocumentKind>(
  sources: ProposalSources,
  { branch, but, document, isStill, kind, path }: SingleDocument<K>,
): Promise<{ readonly document: DocumentOf<K>; readonly text: string }> {
  const fixed = (one: object) => Object.entries(one).filter(([key]) => !(but as readonly string[]).includes(key));
  const asked = Object.fromEntries(fixed(document));
  for (const { message, texts } of await openProposals(sources, { branch, paths: [path] })) {
    const text = texts[0] ?? '';
    const said = parseDocument(kind, { file: path, text }).document;
    if (said === null || !isDeepStrictEqual(Object.fromEntries(fixed(said)), asked)) continue;
    if (isStill?.(said, message) ?? true) return { document: said, text };
  }
  return { document, text: stringify(document) };
}
