import { notFound, page, type Route, refuse } from './answers.js';
import type { Comment } from './state.js';

const MAX_CHARACTERS = 65_536;

const describe = ({ at, body, id, user }: Comment) => ({
  ...{ id, body, created_at: at, updated_at: at },
  user: { login: user.login, type: user.type },
});

const tooLong = (body: unknown) =>
  String(body).length > MAX_CHARACTERS
    ? refuse(422, 'Validation Failed', [{ message: `body is too long (maximum is ${MAX_CHARACTERS} characters)` }])
    : null;

const list: Route = (call) =>
  page(
    call,
    call.state.repository.comments.filter(({ pull }) => pull === Number(call.path.issue_number)).map(describe),
  );

const create: Route = ({ actor, body, path, state }) => {
  const { comments, pulls } = state.repository;
  const pull = pulls.find(({ number }) => number === Number(path.issue_number));
  if (!pull) return notFound();
  const refused = tooLong(body.body);
  if (refused) return refused;
  const made = { id: state.nextId(), pull: pull.number, user: actor, body: String(body.body), at: state.tick() };
  pull.updatedAt = made.at;
  comments.push(made);
  return { status: 201, fields: describe(made) };
};

const update: Route = ({ actor, body, path, state }) => {
  const found = state.repository.comments.find(({ id }) => id === Number(path.comment_id));
  if (!found) return notFound();
  if (found.user.login !== actor.login) return refuse(403, 'Must have admin rights to Repository.');
  const refused = tooLong(body.body);
  if (refused) return refused;
  Object.assign(found, { body: String(body.body), at: state.tick() });
  return { status: 200, fields: describe(found) };
};

const remove: Route = ({ path, state }) => {
  const { repository } = state;
  const kept = repository.comments.filter(({ id }) => id !== Number(path.comment_id));
  if (kept.length === repository.comments.length) return notFound();
  repository.comments = kept;
  return { status: 204 };
};

export const commentRoutes: Readonly<Record<string, Route>> = {
  'issues/create-comment': create,
  'issues/delete-comment': remove,
  'issues/list-comments': list,
  'issues/update-comment': update,
};
