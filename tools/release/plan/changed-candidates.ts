import { compileBundle, compileSource, digestJson, isSignalboxError, type Workspace } from '@signalbox/contracts';

export interface BranchChange {
  readonly before: Workspace;
  readonly after: Workspace;
  /** Every path that differs between the two, from the root of the repository. */
  readonly changedPaths: readonly string[];
}

/** Files of a model's folder that change no candidate: what was proposed before, pages for people, tests; its document is compared by meaning. */
const NO_PART_OF_IT = [/^model\.yaml$/, /^versions\//, /(^|\/)README\.md$/, /\.test\.[cm]?[jt]sx?$/];

/**
 * The models whose next version a change would change, by name: their document, trainer, features, label's source, pinned packages or data
 * files in the repository. A change that only records, promotes or holds versions names none. Pure; a model whose documents are
 * wrong is left to `validate`.
 */
export function changedCandidates(change: BranchChange): readonly string[] {
  return [...change.after.models.keys()].filter((model) => isChanged(change, model)).sort();
}

function isChanged({ after, before, changedPaths }: BranchChange, model: string): boolean {
  const [old, now] = [meaningOf(before, model), meaningOf(after, model)];
  if (now === null) return false;
  if (old === null || digestJson(old) !== digestJson(now)) return true;
  const folder = `models/${model}/`;
  const { lockFiles } = after.models.get(model)!.training;
  const inputs = [...lockFiles, ...now.data.flatMap(literalStart)];
  return changedPaths.some(
    (path) =>
      inputs.some((input) => path.startsWith(input)) ||
      (path.startsWith(folder) && !NO_PART_OF_IT.some((pattern) => pattern.test(path.slice(folder.length)))),
  );
}

/** What a candidate is made of, as far as documents say; null when they are wrong or absent. */
function meaningOf(workspace: Workspace, model: string) {
  const definition = workspace.models.get(model);
  if (!definition) return null;
  try {
    const { bundle, digest } = compileBundle(workspace, model);
    const label = compileSource(workspace, definition.label.source);
    const read = bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : []));
    const sources = [...new Set([label.name, ...read])].sort();
    const data = sources.map((source) => workspace.sources.get(source)!.data.path);
    return { definition, features: digest, label, data };
  } catch (error) {
    if (isSignalboxError(error)) return null;
    throw error;
  }
}

/** The part of a data path before its first wildcard; nothing for data outside the repository. */
function literalStart(path: string): readonly string[] {
  return /^(\/|[a-z0-9+]+:)/i.test(path) ? [] : [/^[^*?[]*/.exec(path)![0]];
}
