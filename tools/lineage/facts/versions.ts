import { SignalboxError } from '@signalbox/contracts';
import { addedOnMain } from './changes.js';
import type { LineageContext } from './context.js';
import type { VersionFacts } from './facts.js';

/** The record of a version as a commit has it. Errors: `input/unknown-reference`, naming what there is. */
export async function versionAt(
  context: LineageContext,
  commit: string,
  wanted: { readonly model: string; readonly version: number; readonly package: string | null },
): Promise<VersionFacts> {
  const { model, version } = wanted;
  const { workspace } = await context.workspaceAt(commit);
  const records = workspace.versions.get(model);
  const record = records?.get(version);
  if (record === undefined) {
    const models = [...workspace.models.keys()];
    const [what, known] = workspace.models.has(model)
      ? [`version ${version} of ${model}`, [...(records?.keys() ?? [])]]
      : [`model "${model}"`, models];
    throw new SignalboxError('input/unknown-reference', `the main branch has no ${what}`, {
      hint: `At ${commit.slice(0, 12)} there are: ${known.join(', ') || 'none'}.`,
    });
  }
  const recorded = await addedOnMain(context, versionPath(model, version));
  const named = record.package.digest;
  const differs = wanted.package !== null && wanted.package !== named;
  const doubt = differs ? `the record names the package ${named}, but pods were told ${wanted.package}` : null;
  return { model, version, record, recorded, doubt };
}

export const versionPath = (model: string, version: number): string => `models/${model}/versions/${version}.yaml`;
