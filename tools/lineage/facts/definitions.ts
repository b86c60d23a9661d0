import { compileBundle, isSignalboxError, type Workspace } from '@signalbox/contracts';
import { lastChanges } from './changes.js';
import type { LineageContext } from './context.js';
import type { DefinitionFacts, RunFacts } from './facts.js';

export type Definitions = Pick<RunFacts, 'definitions' | 'definitionsDoubt'>;

/**
 * The documents that say what a run's features mean, as the trained commit has them. They are compiled again: only the same digest proves that these are
 * the ones, and otherwise the doubt says why not.
 */
export async function definitionsOf(
  context: LineageContext,
  run: Pick<RunFacts, 'model' | 'commit' | 'features'>,
): Promise<Definitions> {
  const workspace = await workspaceOf(context, run.commit);
  const at = run.commit.slice(0, 12);
  if (workspace === null) {
    return { definitions: [], definitionsDoubt: `the repository does not have the trained commit ${at}` };
  }
  const compiled = compile(workspace, run.model);
  if ('problem' in compiled) return { definitions: [], definitionsDoubt: compiled.problem };
  const documents = documentsOf(workspace, run.model, compiled);
  const paths = documents.map(({ path }) => path);
  const changes = await lastChanges(context.repository, run.commit, paths);
  const definitions = documents.flatMap(({ path, role }) => {
    const changed = changes.get(path);
    return changed === undefined ? [] : [{ path, role, changed }];
  });
  const same = compiled.digest === run.features;
  const doubt = `the documents at ${at} compile to ${compiled.digest}, not to ${run.features}, which it was trained with`;
  return { definitions, definitionsDoubt: same ? null : doubt };
}

type Compiled = ReturnType<typeof compileBundle>;

function compile(workspace: Workspace, model: string): Compiled | { readonly problem: string } {
  try {
    return compileBundle(workspace, model);
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    return { problem: `the documents of the trained commit do not compile today: ${error.message}` };
  }
}

type Document = Pick<DefinitionFacts, 'path' | 'role'>;

function documentsOf(workspace: Workspace, model: string, { bundle }: Compiled): readonly Document[] {
  const sources = new Set([workspace.models.get(model)!.label.source]);
  const entities = new Set<string>();
  for (const view of bundle.views) {
    if (view.kind !== 'aggregate') continue;
    sources.add(view.source.name);
    entities.add(view.entity.name);
  }
  return [
    ...[...sources].map((name) => ({ path: `features/sources/${name}.yaml`, role: 'source' as const })),
    ...[...entities].map((name) => ({ path: `features/entities/${name}.yaml`, role: 'entity' as const })),
    ...bundle.views.map(({ name }) => ({ path: `features/views/${name}.yaml`, role: 'feature view' as const })),
    { path: `models/${model}/model.yaml`, role: 'model card' },
  ];
}

async function workspaceOf(context: LineageContext, commit: string): Promise<Workspace | null> {
  try {
    return (await context.workspaceAt(commit)).workspace;
  } catch (error) {
    if (isSignalboxError(error) && error.code === 'git/failed') return null;
    throw error;
  }
}
