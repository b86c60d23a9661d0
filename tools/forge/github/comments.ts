import { randomUUID } from 'node:crypto';
import { isSignalboxError } from '@signalbox/contracts';
import type { Comment } from '../forge.js';
import type { GithubClient } from './client.js';
import { createOnce, NOT_REPEATED } from './create-once.js';
import { type Mark, markComment, readMark } from './markdown.js';
import { NOBODY } from './records.js';

interface GithubComment {
  readonly id: number;
  readonly body?: string;
  readonly user: { readonly login: string } | null;
  readonly updated_at: string;
}

/** A mark counts only in a comment of this client's account: anybody can write the same line into theirs. */
export async function readComments(client: GithubClient, number: number): Promise<readonly Comment[]> {
  const found = await listComments(client, number);
  const read = found.map((one) => ({ one, ...readMark(one.body ?? '') }));
  const self = read.some(({ mark }) => mark !== null) ? await client.login() : null;
  return read.map(({ body, mark, one: { body: text = '', updated_at: at, user } }) => {
    const author = user?.login ?? NOBODY;
    const isOurs = author === self;
    return { author, at, body: isOurs ? body : text, marker: isOurs && mark?.kind === 'marker' ? mark.value : null };
  });
}

/** One with a marker is written over the last one with it, and any others of ours with it are removed: two runs at once may have made two. */
export async function writeComment(
  client: GithubClient,
  number: number,
  { body, marker }: { readonly body: string; readonly marker?: string },
): Promise<void> {
  const mark: Mark = marker === undefined ? { kind: 'once', value: randomUUID() } : { kind: 'marker', value: marker };
  const text = markComment(body, mark);
  let own: readonly GithubComment[] = [];
  const findLast = async () => {
    own = await ownWith(client, number, mark);
    return own.at(-1) ?? null;
  };
  const kept = await createOnce(findLast, () => createComment(client, number, text));
  if (kept.body !== text) await updateComment(client, kept.id, text);
  for (const { id } of own) if (id !== kept.id) await deleteComment(client, id);
}

async function listComments(client: GithubClient, number: number): Promise<readonly GithubComment[]> {
  const { owner, repo } = client;
  return client.call(`read the comments of pull request ${number}`, (octokit) =>
    octokit.paginate(octokit.rest.issues.listComments, { owner, repo, issue_number: number, per_page: 100 }),
  );
}

async function ownWith(client: GithubClient, number: number, { kind, value }: Mark): Promise<readonly GithubComment[]> {
  const [all, self] = [await listComments(client, number), await client.login()];
  return all.filter(({ body = '', user }) => {
    const { mark } = readMark(body);
    return user?.login === self && mark?.kind === kind && mark.value === value;
  });
}

async function createComment(client: GithubClient, number: number, body: string): Promise<GithubComment> {
  const { owner, repo } = client;
  const { data } = await client.call(`comment on pull request ${number}`, ({ rest }) =>
    rest.issues.createComment({ owner, repo, issue_number: number, body, ...NOT_REPEATED }),
  );
  return data;
}

async function updateComment({ call, owner, repo }: GithubClient, id: number, body: string): Promise<void> {
  await call(`change comment ${id}`, ({ rest }) => rest.issues.updateComment({ owner, repo, comment_id: id, body }));
}

/** One that is gone by now is what was wanted. */
async function deleteComment({ call, owner, repo }: GithubClient, id: number): Promise<void> {
  try {
    await call(`remove comment ${id}`, ({ rest }) => rest.issues.deleteComment({ owner, repo, comment_id: id }));
  } catch (error) {
    if (!isSignalboxError(error) || error.code !== 'input/unknown-reference') throw error;
  }
}
