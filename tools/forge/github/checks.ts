import type { Annotation, Check, NewCheck } from '../forge.js';
import { ANNOTATIONS_PER_REQUEST, annotationsOf, checkOf, checkRunOf, type GithubCheckRun } from './check-runs.js';
import type { GithubClient } from './client.js';
import { createOnce, NOT_REPEATED } from './create-once.js';

/** Those that the expected App made; none where nobody said which that is. */
export async function readChecks(client: GithubClient, commit: string): Promise<Readonly<Record<string, Check>>> {
  if (client.expectedAppId === null) return {};
  const runs = await listRuns(client, commit, { app_id: client.expectedAppId });
  return Object.fromEntries(
    runs.filter(({ app }) => app?.id === client.expectedAppId).map((run) => [run.name, checkOf(run)]),
  );
}

/**
 * A new run of the same name takes the place of an older one. Saying the same again makes no second run, but goes on where the last call was cut
 * off: GitHub counts the annotations that it has.
 */
export async function writeCheck(client: GithubClient, name: string, check: NewCheck): Promise<void> {
  const { owner, repo } = client;
  const run = checkRunOf(name, check);
  const find = async () => {
    const [latest] = await listRuns(client, check.commit, { check_name: name });
    return latest?.external_id === run.external_id ? latest : null;
  };
  const made = await createOnce(find, async () => {
    const { data } = await client.call(`make the check ${name}`, ({ rest }) =>
      rest.checks.create({ owner, repo, ...run, ...NOT_REPEATED }),
    );
    return data;
  });
  await annotate(client, { find, made, output: run.output, annotations: check.annotations ?? [] });
}

interface Annotating {
  readonly made: GithubCheckRun;
  readonly find: () => Promise<GithubCheckRun | null>;
  readonly output: { readonly title: string; readonly summary: string };
  readonly annotations: readonly Annotation[];
}

/** Each request adds to those that are there, so it is sent only from where GitHub's count stands. */
async function annotate(client: GithubClient, { annotations, find, made, output }: Annotating): Promise<void> {
  const { owner, repo } = client;
  const all = annotationsOf(annotations);
  for (let told = made.output.annotations_count; told < all.length; ) {
    const from = told;
    const some = all.slice(from, from + ANNOTATIONS_PER_REQUEST);
    const isTold = async () => {
      const now = (await find())?.output.annotations_count ?? 0;
      return now > from ? now : null;
    };
    told = await createOnce(isTold, async () => {
      const { data } = await client.call(`annotate the check ${made.name}`, ({ rest }) =>
        rest.checks.update({
          owner,
          repo,
          check_run_id: made.id,
          output: { ...output, annotations: some },
          ...NOT_REPEATED,
        }),
      );
      return data.output.annotations_count;
    });
  }
}

/** The latest of each name, newest first. */
async function listRuns(
  client: GithubClient,
  commit: string,
  filter: { readonly app_id?: number; readonly check_name?: string },
): Promise<readonly GithubCheckRun[]> {
  const { expectedAppId, owner, repo } = client;
  const runs = await client.call(`read the checks of ${commit}`, (octokit) =>
    octokit.paginate(octokit.rest.checks.listForRef, {
      ...{ owner, repo, ref: commit, filter: 'latest', per_page: 100 },
      ...(expectedAppId !== null && { app_id: expectedAppId }),
      ...filter,
    }),
  );
  return runs;
}
