import { isDeepStrictEqual } from 'node:util';
import { type DocumentKind, type DocumentOf, parseDocument } from '@signalbox/contracts';
import { stringify } from 'yaml';
import {
  branchesNear,
  type CommitFacts,
  changesOf,
  flatBranch,
  freeName,
  type PullRequestSummary,
  readBlobs,
  readCommits,
  saysJust,
  tipsSince,
} from '../../forge/index.js';
import type { Head } from '../desired/head.js';
import { bestFirst, type MergeQuestion, type Proposers } from './best-proposal.js';

/** What must be known to look for what was proposed before. */
export interface ProposalSources extends Proposers {
  readonly main: Pick<Head, 'commit'>;
  readonly base: string;
  /** By branch: who looks twice finds the same. */
  readonly proposals: Map<string, Promise<Proposals>>;
}

export interface OpenProposal extends CommitFacts {
  readonly branch: string;
  /** Of its request; null where a cut kept this very person from opening one. */
  readonly number: number | null;
  /** By path: what its commit makes of it. */
  readonly changes: ReadonlyMap<string, string>;
}

export interface Proposals {
  /** The oldest request first. */
  readonly open: readonly OpenProposal[];
  /** The branch of another one. */
  readonly free: string;
}

export interface ProposalAddress {
  readonly branch: string;
  /** All that it may change. */
  readonly paths: readonly string[];
  /** What those who agree to it have before them beside that. */
  readonly about?: readonly string[];
}

/**
 * Branches of this name that are one commit which changes nothing but these files, and can be merged as they are, because the main branch did not
 * touch these files since: of open pull requests that are no drafts, and what a cut kept this very person from opening one for. Anybody who may push can
 * plant a branch of a name that is easy to guess, and a thousand of them: what it says and changes is the caller's to compare, and none costs a process.
 */
export function readProposals(sources: ProposalSources, address: ProposalAddress): Promise<Proposals> {
  const { branch } = address;
  const known = sources.proposals.get(branch) ?? lookFor(sources, address);
  sources.proposals.set(branch, known);
  return known;
}

async function lookFor(sources: ProposalSources, address: ProposalAddress): Promise<Proposals> {
  const { forge, main } = sources;
  const own = `${address.branch}-${main.commit.slice(0, 7)}`;
  const requests = await forge.listPullRequests({ state: 'open' });
  const near = await branchesNear(forge.repository, address.branch);
  const tips = [...near].filter(([name]) => begins(name, `${address.branch}-`));
  const single = await singleCommits(sources, tips.flatMap(withRequest(sources, { own, requests })));
  const open = await thatStand(sources, single, address);
  return { open, free: freeName(own, near) };
}

const begins = (name: string, first: string): boolean => name.startsWith(first) || name.startsWith(flatBranch(first));

interface Tip {
  readonly branch: string;
  readonly commit: string;
  readonly number: number | null;
}

/** A draft cannot be merged, and whoever may push can make one of a request: its branch is left alone. */
function withRequest(
  { base }: ProposalSources,
  { own, requests }: { readonly own: string; readonly requests: readonly PullRequestSummary[] },
) {
  return ([branch, commit]: readonly [string, string]): readonly Tip[] => {
    const asked = requests.filter(({ head }) => head === branch);
    const found = asked.find((one) => one.base === base && one.isDraft !== true);
    if (found) return [{ branch, commit, number: found.number }];
    return asked.length === 0 && begins(branch, own) ? [{ branch, commit, number: null }] : [];
  };
}

async function singleCommits({ author, committer, forge }: ProposalSources, tips: readonly Tip[]) {
  const found = await readCommits(forge.repository, [...new Set(tips.map(({ commit }) => commit))]);
  const facts = new Map(found.map((one) => [one.commit, one]));
  return tips.flatMap((tip) => {
    const made = facts.get(tip.commit);
    const isMine = made?.author === author.name && made.committer === committer.name;
    return made?.parents.length === 1 && (tip.number !== null || isMine) ? [{ ...made, ...tip }] : [];
  });
}

/** Those that stand on the main branch as it has been since it last touched what they are about, and touch nothing else. */
async function thatStand(
  { forge: { repository }, main }: ProposalSources,
  single: readonly Omit<OpenProposal, 'changes'>[],
  { about = [], paths }: ProposalAddress,
): Promise<readonly OpenProposal[]> {
  const isMoved = single.some(({ parents }) => parents[0] !== main.commit);
  const since = { main: main.commit, paths: [...paths, ...about] };
  const grounds = isMoved ? await tipsSince(repository, since) : new Set([main.commit]);
  const standing = single.filter(({ parents }) => grounds.has(parents[0]!));
  const changes = await changesOf(
    repository,
    standing.map(({ commit }) => commit),
  );
  return standing
    .map((one) => ({ ...one, changes: changes.get(one.commit)! }))
    .filter((one) => [...one.changes.keys()].every((path) => paths.includes(path)))
    .sort((a, b) => (a.number ?? Number.MAX_VALUE) - (b.number ?? Number.MAX_VALUE));
}

export interface SingleDocument<K extends DocumentKind> extends MergeQuestion {
  readonly branch: string;
  readonly kind: K;
  readonly path: string;
  readonly about?: readonly string[];
  readonly document: DocumentOf<K>;
  /** What may differ: when it was proposed, and by whom. */
  readonly but: readonly (keyof DocumentOf<K>)[];
  /** What the commit says that proposes it. */
  readonly messageOf: (document: DocumentOf<K>) => string;
  /** What else must hold of one that was proposed before. */
  readonly isStill?: (document: DocumentOf<K>) => boolean;
}

/**
 * A document as the best open proposal of the same change has it, or as it is given where there is none. What says when it was proposed would else be another
 * change each second: asking again could neither merge it nor use its approvals.
 */
export async function asProposed<K extends DocumentKind>(
  sources: ProposalSources,
  single: SingleDocument<K>,
): Promise<{ readonly document: DocumentOf<K>; readonly text: string }> {
  const { about, branch, document, path } = single;
  const { open } = await readProposals(sources, { branch, paths: [path], ...(about && { about }) });
  const names = open.map(({ commit }) => `${commit}:${path}`);
  const texts = await readBlobs(sources.forge.repository, names);
  const same = open.flatMap((one, at) => {
    const text = texts[at] ?? '';
    const said = asSaid(single, { text, message: one.message });
    return said === null ? [] : [{ ...one, said: { document: said, text } }];
  });
  const [best] = await bestFirst(sources, same, single);
  return best?.said ?? { document, text: stringify(document) };
}

/** Null: it is another one. */
function asSaid<K extends DocumentKind>(
  { but, document, isStill, kind, messageOf, path }: SingleDocument<K>,
  { message, text }: { readonly text: string; readonly message: string },
): DocumentOf<K> | null {
  const fixed = (one: object) =>
    Object.fromEntries(Object.entries(one).filter(([key]) => !(but as readonly string[]).includes(key)));
  const said = parseDocument(kind, { file: path, text }).document;
  if (said === null || !isDeepStrictEqual(fixed(said), fixed(document))) return null;
  return saysJust(message, messageOf(said)) && (isStill?.(said) ?? true) ? said : null;
}
