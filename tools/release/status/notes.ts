import { type EnvironmentWorkspace, formatPlace, type RolloutManifest } from '@signalbox/contracts';
import { liftCommand } from '../changes/hold.js';
import { type Head, holdPath } from '../desired/desired.js';
import { freezesInForce, missingRequirements, outsideChangeWindows } from '../waits/index.js';
import { describePriority } from './describe.js';

/** What holds for every model of an environment now, whether or not one of them waits for it. */
export function environmentNotes(
  environment: string,
  settings: EnvironmentWorkspace,
  wallNowMs: number,
): readonly string[] {
  const freezes = freezesInForce(settings.freezes, wallNowMs).map(([name, { by, models, reason, to }]) => {
    const whom = models === undefined ? 'every model' : models.join(', ');
    return `freeze ${name} of ${whom} until ${to} by ${by}: ${reason}; going back stays possible, \`signalbox freeze --env ${environment} --lift ${name}\` ends it`;
  });
  return [...freezes, ...outsideChangeWindows({ environment, settings, wallNowMs })];
}

/** Errors of documents that nothing else in a status tells, `told`: they stop nothing now, and whoever made them should know before they do. */
export function untoldErrors({ findings }: Head, told: readonly string[]): readonly string[] {
  const text = told.join('\n');
  const errors = findings.filter(({ severity }) => severity === 'error');
  const problemOf = ({ message, place }: (typeof errors)[number]) => `${formatPlace(place)}: ${message}`;
  const toldFiles = new Set(errors.filter((one) => text.includes(problemOf(one))).map(({ place }) => place.file));
  const untold = errors.filter(({ place }) => !toldFiles.has(place.file));
  if (untold.length === 0) return [];
  const many = untold.length === 1 ? 'an error' : `${untold.length} errors, the first`;
  return [`documents on the main branch have ${many}: ${problemOf(untold[0]!)} (signalbox validate lists all)`];
}

/** Where the holds are on what runs here or is asked for, and how each ends. */
export function holdNotes(
  { environment, head, model }: { readonly environment: string; readonly head: Head; readonly model: string },
  manifest: RolloutManifest | null,
): readonly string[] {
  const { holds, releases } = head.workspace.environments.get(environment)!;
  const running = [manifest?.champion, manifest?.candidate, manifest?.previousChampion, releases.get(model)?.version];
  return [...(head.workspace.versions.get(model) ?? [])].flatMap(
    ([
      version,
      {
        package: { digest },
      },
    ]) => {
      if (!running.includes(version) || !holds.has(digest)) return [];
      const lift = liftCommand({ environment, model, version });
      return [`the hold on version ${version} is ${holdPath(environment, digest)}; \`${lift}\` ends it`];
    },
  );
}

/** What people should know of a model although the reconciler does not act on it. */
export function modelNotes(
  model: string,
  settings: EnvironmentWorkspace,
  published: ReadonlyMap<string, RolloutManifest>,
): readonly string[] {
  const release = settings.releases.get(model);
  const manifest = published.get(model);
  if (release === undefined || manifest === undefined) return [];
  const isThere = [manifest.champion, manifest.candidate].includes(release.version);
  const missing = isThere ? missingRequirements(release, published) : [];
  return [
    ...missing.map(
      (one) =>
        `version ${release.version} runs here and requires version ${one.version} of ${one.model} (${one.now}): taking that back was not stopped, so take this one back too, or bring that one forward`,
    ),
    ...describePriority(manifest),
  ];
}
