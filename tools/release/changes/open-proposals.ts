import { isDeepStrictEqual } from 'node:util';
import { type DocumentKind, type DocumentOf, parseDocument } from '@signalbox/contracts';
import { stringify } from 'yaml';
import {
  type CommitFacts,
  changedPaths,
  type Forge,
  groundOf,
  type Identity,
  readCommitFacts,
  readFileAtCommit,
  runPlumbingLine,
  saysJust,
} from '../../forge/index.js';
import type { Head } from '../desired/head.js';

/** What must be known to look for what was proposed before. */
export interface ProposalSources {
  readonly forge: Pick<Forge, 'listPullRequests' | 'repository'>;
  readonly main: Pick<Head, 'commit'>;
  readonly author: Identity;
  readonly committer: Identity;
}

export interface OpenProposal extends CommitFacts {
  readonly branch: string;
  readonly parent: string;
}

/** The branch of a proposal that starts where the main branch is, unless that is taken. */
const proposalBranch = (name: string, { commit }: Pick<Head, 'commit'>): string => `${name}-${commit.slice(0, 7)}`;

/**
 * Branches of this name that are one commit which changes nothing but these files, and can be merged as they are, because the main branch did not
 * touch these files since: of open pull requests, and what a cut kept this very person from opening one for. Anybody who may push can plant a branch of a
 * name that is easy to guess: what it says and changes is the caller's to compare.
 */
export async function openProposals(
  sources: ProposalSources,
  { branch, paths }: { readonly branch: string; readonly paths: readonly string[] },
): Promise<readonly OpenProposal[]> {
  const { author, committer, forge, main } = sources;
  const open = new Set((await forge.listPullRequests({ state: 'open' })).map(({ head }) => head));
  const own = proposalBranch(branch, main);
  const found: OpenProposal[] = [];
  for (const [name, tip] of await tipsOf(forge.repository, branch)) {
    if (!open.has(name) && !name.startsWith(own)) continue;
    const facts = await readCommitFacts(forge.repository, tip);
    const isMine = facts.author === author.name && facts.committer === committer.name;
    if (!open.has(name) && !isMine) continue;
    const parent = await groundOf(forge.repository, facts, { main: main.commit, paths });
    if (parent === null) continue;
    const changed = await changedPaths(forge.repository, parent, tip);
    if (changed.every((path) => paths.includes(path))) found.push({ ...facts, branch: name, parent });
  }
  return found;
}

/** The first name for a proposal that nobody has taken. */
export async function freeBranch({ forge, main }: ProposalSources, branch: string): Promise<string> {
  const taken = await tipsOf(forge.repository, branch);
  const own = proposalBranch(branch, main);
  let name = own;
  for (let n = 2; taken.has(name); n += 1) name = `${own}-${n}`;
  return name;
}

/** The tips of the branches whose names begin so. */
async function tipsOf(repository: string, branch: string): Promise<ReadonlyMap<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', `refs/heads/${branch}-*`];
  const lines = (await runPlumbingLine(repository, args)).split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

export interface SingleDocument<K extends DocumentKind> {
  readonly branch: string;
  readonly kind: K;
  readonly path: string;
  readonly document: DocumentOf<K>;
  /** What may differ: when it was proposed, and by whom. */
  readonly but: readonly (keyof DocumentOf<K>)[];
  /** What the commit says that proposes it. */
  readonly messageOf: (document: DocumentOf<K>) => string;
  /** What else must hold of one that was proposed before. */
  readonly isStill?: (document: DocumentOf<K>) => boolean;
}

/**
 * A document as an open proposal of the same change has it, or as it is given where there is none. What says when it was proposed would else be another
 * change each second: asking again could neither merge it nor use its approvals.
 */
export async function asProposed<K extends DocumentKind>(
  sources: ProposalSources,
  { branch, but, document, isStill, kind, messageOf, path }: SingleDocument<K>,
): Promise<{ readonly document: DocumentOf<K>; readonly text: string }> {
  const fixed = (one: object) => Object.entries(one).filter(([key]) => !(but as readonly string[]).includes(key));
  const asked = Object.fromEntries(fixed(document));
  for (const { commit, message } of await openProposals(sources, { branch, paths: [path] })) {
    const text = (await readFileAtCommit(sources.forge.repository, commit, path)) ?? '';
    const said = parseDocument(kind, { file: path, text }).document;
    if (said === null || !isDeepStrictEqual(Object.fromEntries(fixed(said)), asked)) continue;
    if (saysJust(message, messageOf(said)) && (isStill?.(said) ?? true)) return { document: said, text };
  }
  return { document, text: stringify(document) };
}
