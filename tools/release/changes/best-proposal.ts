import type { CommitFacts, Forge, Identity, PullRequest } from '../../forge/index.js';
import { countApprovals, objectionTo } from '../bots/requests.js';

/** Who proposes, and where. */
export interface Proposers {
  readonly forge: Pick<Forge, 'listPullRequests' | 'getPullRequest' | 'self' | 'repository'>;
  readonly author: Identity;
  /** The author, unless somebody runs again what another one started. */
  readonly committer: Identity;
}

/** What a change asks of people before it is merged. */
export interface MergeQuestion {
  /** How many people other than the author must agree. */
  readonly approvals: number;
  /** Why there is nothing to gate: it goes back to what ran, or stops something. Then nobody's request for changes keeps it from being merged. */
  readonly ungated?: string;
}

/** What still keeps a request from being merged, as far as people are asked. */
export interface Standing {
  readonly missingApprovals: number;
  /** Who asked for changes, and so keeps it from being merged; null: nobody. */
  readonly objection: string | null;
}

export function standingOf(
  by: Proposers,
  {
    made,
    request,
  }: { readonly made: Pick<CommitFacts, 'commit' | 'author' | 'committer'>; readonly request: PullRequest },
  { approvals, ungated }: MergeQuestion,
): Standing {
  const agreed = countApprovals(request, made.commit, whoAsked(by, made, request.author));
  return {
    missingApprovals: Math.max(0, approvals - agreed),
    objection: ungated === undefined ? objectionTo(request) : null,
  };
}

/**
 * Beside whoever opened the request. A workflow opens it as its App, in the name of the person who started it and of the one who ran it again: they are
 * author and committer, of the commit and of what is done here now.
 */
function whoAsked(
  { author, committer }: Proposers,
  made: Pick<CommitFacts, 'author' | 'committer'>,
  opener: string,
): readonly string[] {
  const asked = [made.author, made.committer];
  return opener.endsWith('[bot]') ? [...asked, author.name, committer.name] : asked;
}

/** Of so many of the same, the oldest, it is asked who agreed: each costs a forge some requests. */
const MAX_COMPARED = 20;

/**
 * Proposals of the same change in the order in which to go on with them: what nobody keeps from being merged, what most people agreed to, one's own, the
 * oldest. Whoever may push can put a twin beside a request, and another one's approvals are of no use to it.
 */
export async function bestFirst<T extends CommitFacts & { readonly number: number | null }>(
  by: Proposers,
  same: readonly T[],
  question: MergeQuestion,
): Promise<readonly T[]> {
  if (same.length < 2) return same;
  const self = await by.forge.self(by.author);
  const compared = same.slice(0, MAX_COMPARED).map(async (one) => {
    const request = one.number === null ? null : await by.forge.getPullRequest(one.number);
    const { missingApprovals, objection } =
      request === null
        ? { missingApprovals: question.approvals, objection: null }
        : standingOf(by, { made: one, request }, question);
    const isKept = missingApprovals > 0 || objection !== null;
    return { one, rank: [Number(isKept), missingApprovals, Number(request !== null && request.author !== self)] };
  });
  return (await Promise.all(compared)).sort((a, b) => compare(a.rank, b.rank)).map(({ one }) => one);
}

const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((value, at) => value - b[at]!).find((difference) => difference !== 0) ?? 0;
