import { type Answer, type Call, notFound, page, type Route, refuse } from './answers.js';
import { branchTip, broughtInBy, isAncestor, mergeCommit, mergesCleanly } from './git.js';
import type { Pull, Repository, Review, ServerState } from './state.js';

/** How a pull request stands in an answer. GitHub takes one for merged as soon as the base has its head, however it came there. */
async function describe({ repository, ...state }: { repository: Repository } & Pick<ServerState, 'tick'>, pull: Pull) {
  const { folder, owner, repo } = repository;
  const [head, base] = [await branchTip(folder, pull.head), await branchTip(folder, pull.base)];
  if (pull.state === 'open' && pull.fork === null && head && base && (await isAncestor(folder, head, base))) {
    Object.assign(pull, {
      state: 'closed',
      mergeCommit: await broughtInBy(folder, head, base),
      updatedAt: state.tick(),
    });
  }
  const repoOf = (name: string) => ({ full_name: `${name}/${repo}`, name: repo, owner: { login: name } });
  const from = pull.fork ?? owner;
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    draft: pull.draft ?? false,
    user: { login: pull.user.login, type: pull.user.type },
    head: { ref: pull.head, sha: head ?? '0'.repeat(40), label: `${from}:${pull.head}`, repo: repoOf(from) },
    base: { ref: pull.base, sha: base, label: `${owner}:${pull.base}`, repo: repoOf(owner) },
    merged: pull.mergeCommit !== null,
    merged_at: pull.mergeCommit === null ? null : pull.updatedAt,
    // Of an open one, GitHub names the commit that it tries the merge with.
    merge_commit_sha: pull.mergeCommit ?? 'f'.repeat(40),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
  };
}

const world = ({ state }: Call) => ({ repository: state.repository, tick: () => state.tick() });

function find({ path, state }: Call): Pull | undefined {
  return state.repository.pulls.find(({ number }) => number === Number(path.pull_number));
}

const list: Route = async (call) => {
  const { repository } = call.state;
  const { base, direction = 'desc', head, sort = 'created', state = 'open' } = call.query;
  const described = [];
  for (const pull of repository.pulls) described.push(await describe(world(call), pull));
  const wanted = described.filter(
    (one) =>
      (state === 'all' || one.state === state) &&
      (head === undefined || one.head.label === head) &&
      (base === undefined || one.base.ref === base),
  );
  const key = (one: (typeof wanted)[number]) => (sort === 'updated' ? one.updated_at : one.created_at);
  wanted.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number);
  if (direction === 'desc') wanted.reverse();
  return page(call, wanted);
};

const create: Route = async (call) => {
  const { actor, body, state } = call;
  const { folder, owner, pulls } = state.repository;
  const [head, base] = [String(body.head), String(body.base)];
  const invalid = (message: string) =>
    refuse(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
  const [tip, onto] = [await branchTip(folder, head), await branchTip(folder, base)];
  if (!tip || !onto)
    return refuse(422, 'Validation Failed', [
      { resource: 'PullRequest', field: tip ? 'base' : 'head', code: 'invalid' },
    ]);
  if (await isAncestor(folder, tip, onto)) return invalid(`No commits between ${base} and ${head}`);
  if (pulls.some((one) => one.state === 'open' && one.fork === null && one.head === head && one.base === base))
    return invalid(`A pull request already exists for ${owner}:${head}.`);
  const at = state.tick();
  const made: Pull = {
    ...{ number: pulls.length + 1, title: String(body.title), body: String(body.body ?? ''), head, base, fork: null },
    ...{ user: actor, state: 'open', mergeCommit: null, createdAt: at, updatedAt: at, draft: body.draft === true },
  };
  pulls.push(made);
  return { status: 201, fields: await describe(world(call), made) };
};

const get: Route = async (call) => {
  const pull = find(call);
  if (!pull) return notFound();
  const described = await describe(world(call), pull);
  return { status: 200, fields: { ...described, mergeable: await mergeableOf(call, pull) } };
};

/** Null: GitHub says so until it has computed it, and of what is open no more. */
async function mergeableOf({ state }: Call, pull: Pull): Promise<boolean | null> {
  const { folder } = state.repository;
  if (isComputing(pull) || pull.state !== 'open' || pull.fork !== null) return null;
  const [head, base] = [await branchTip(folder, pull.head), await branchTip(folder, pull.base)];
  return head !== null && base !== null && mergesCleanly(folder, head, base);
}

function isComputing(pull: Pull): boolean {
  const left = pull.computing ?? 0;
  pull.computing = Math.max(0, left - 1);
  return left > 0;
}

const update: Route = async (call) => {
  const pull = find(call);
  if (!pull) return notFound();
  Object.assign(pull, call.body, { updatedAt: call.state.tick() });
  return { status: 200, fields: await describe(world(call), pull) };
};

const merge: Route = async (call): Promise<Answer> => {
  const pull = find(call);
  if (!pull) return notFound();
  const { actor, body, state } = call;
  const { folder } = state.repository;
  const { head } = await describe(world(call), pull);
  if (pull.state !== 'open' || (pull.computing ?? 0) > 0) return refuse(405, 'Pull Request is not mergeable');
  if (pull.draft) return refuse(405, 'Pull Request is still a draft');
  if (body.sha !== undefined && body.sha !== head.sha)
    return refuse(409, 'Head branch was modified. Review and try the merge again.');
  if (body.merge_method !== 'merge') return refuse(405, 'Merge commits are the only ones allowed on this repository.');
  const message = `${body.commit_title}\n\n${body.commit_message}`;
  const who = { name: actor.login, email: `${actor.login}@users.noreply.github.example` };
  const made = await mergeCommit(folder, {
    ...{
      base: pull.base,
      baseCommit: (await branchTip(folder, pull.base))!,
      headCommit: head.sha,
      message,
      author: who,
    },
  }).catch(() => null);
  if (made === null) return refuse(405, 'Pull Request is not mergeable');
  Object.assign(pull, { state: 'closed', mergeCommit: made, updatedAt: state.tick() });
  return { status: 200, fields: { sha: made, merged: true, message: 'Pull Request successfully merged' } };
};

const describeReview = ({ at, commit, id, state, user }: Review) => ({
  ...{ id, state, commit_id: commit, submitted_at: at },
  user: { login: user.login, type: user.type },
});

const listReviews: Route = (call) =>
  page(
    call,
    call.state.repository.reviews.filter(({ pull }) => pull === Number(call.path.pull_number)).map(describeReview),
  );

const createReview: Route = async (call) => {
  const pull = find(call);
  const { actor, body, state } = call;
  if (!pull) return notFound();
  if (pull.user.login === actor.login)
    return refuse(422, 'Unprocessable Entity', ['Review Can not approve your own pull request']);
  const made: Review = {
    ...{
      id: state.nextId(),
      pull: pull.number,
      user: actor,
      state: body.event === 'REQUEST_CHANGES' ? 'CHANGES_REQUESTED' : 'APPROVED',
      commit: String(body.commit_id),
      at: state.tick(),
    },
  };
  state.repository.reviews.push(made);
  return { status: 200, fields: describeReview(made) };
};

const getRef: Route = async ({ path, state }) => {
  const { ref = '' } = path;
  const sha = ref.startsWith('heads/') ? await branchTip(state.repository.folder, ref.slice('heads/'.length)) : null;
  return sha ? { status: 200, fields: { ref: `refs/${ref}`, object: { type: 'commit', sha } } } : notFound();
};

export const pullRoutes: Readonly<Record<string, Route>> = {
  'git/get-ref': getRef,
  'pulls/create': create,
  'pulls/create-review': createReview,
  'pulls/get': get,
  'pulls/list': list,
  'pulls/list-reviews': listReviews,
  'pulls/merge': merge,
  'pulls/update': update,
};
