import { type Answer, notFound, page, type Route, refuse } from './answers.js';
import type { CheckRun } from './state.js';

const MAX_CHARACTERS = 65_535;

interface Output {
  readonly summary?: string;
  readonly text?: string;
  readonly annotations?: readonly unknown[];
}

const describe = ({ annotations, appId, fields, headSha, id, name }: CheckRun) => {
  const { annotations: _sent, ...output } = (fields.output ?? {}) as Output;
  return {
    ...{ id, name, head_sha: headSha, app: { id: appId }, status: fields.status ?? 'completed' },
    ...{ conclusion: fields.conclusion ?? null, external_id: fields.external_id ?? '' },
    output: { ...output, annotations_count: annotations.length },
  };
};

function tooMuch({ annotations = [], summary = '', text = '' }: Output): Answer | null {
  if (annotations.length > 50) return refuse(422, 'Invalid request.\n\nNo more than 50 items are allowed.');
  if (Math.max(summary.length, text.length) <= MAX_CHARACTERS) return null;
  return refuse(422, `Invalid request.\n\nOnly ${MAX_CHARACTERS} characters are allowed.`);
}

const create: Route = ({ actor, body, state }) => {
  const output = (body.output ?? {}) as Output;
  if (actor.appId === undefined) return refuse(403, 'You must authenticate via a GitHub App.');
  const made: CheckRun = {
    ...{ id: state.nextId(), name: String(body.name), headSha: String(body.head_sha), appId: actor.appId },
    ...{ fields: body, annotations: output.annotations ?? [] },
  };
  const refused = tooMuch(output);
  if (refused) return refused;
  state.repository.checkRuns.push(made);
  return { status: 201, fields: describe(made) };
};

/** Annotations are added to those that are there; the rest is replaced. */
const update: Route = ({ actor, body, path, state }) => {
  const { checkRuns } = state.repository;
  const at = checkRuns.findIndex(({ id }) => id === Number(path.check_run_id));
  const found = checkRuns[at];
  if (!found) return notFound();
  if (found.appId !== actor.appId) return refuse(403, 'Invalid app_id.');
  const output = (body.output ?? {}) as Output;
  const refused = tooMuch(output);
  if (refused) return refused;
  const annotations = [...found.annotations, ...(output.annotations ?? [])];
  checkRuns[at] = { ...found, fields: { ...found.fields, ...body }, annotations };
  return { status: 200, fields: describe(checkRuns[at]) };
};

/** The latest of each name and App. */
const listForRef: Route = (call) => {
  const { app_id: appId, check_name: name } = call.query;
  const latest = new Map<string, CheckRun>();
  for (const run of call.state.repository.checkRuns) {
    if (run.headSha !== call.path.ref) continue;
    if ((appId && run.appId !== Number(appId)) || (name && run.name !== name)) continue;
    latest.set(`${run.appId} ${run.name}`, run);
  }
  const all = [...latest.values()].reverse().map(describe);
  return page(call, all, (some) => ({ total_count: all.length, check_runs: some }));
};

export const checkRoutes: Readonly<Record<string, Route>> = {
  'checks/create': create,
  'checks/list-for-ref': listForRef,
  'checks/update': update,
};
