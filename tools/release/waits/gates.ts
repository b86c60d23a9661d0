import { letsThrough, type VersionRecord } from '@signalbox/contracts';
import { namedBeside, newNamed } from './beside.js';
import { unlessUnknown, type Wait } from './wanted.js';

/**
 * Gates are judged on the pull request; asked again here, so that a release file written by hand cannot pass them by, for any version that it names. A
 * fallback that was live here before is what people know, whatever its gates said.
 */
export const gatesRefused: Wait = (wanted) => {
  const { background, head, model, record, release } = wanted;
  const own = refusedGate(record);
  const records = head.workspace.versions.get(model);
  const unknown = [...newNamed(wanted).keys()].filter((version) => !background.besideRanBefore.has(version));
  const refused = [...new Set([...namedBeside(release), ...unknown])].flatMap((version) => {
    const found = records?.get(version);
    const problem = found ? refusedGate(found) : 'its record cannot be read';
    if (problem === null) return [];
    const unsure = unknown.includes(version) ? unlessUnknown(background) : '';
    return [`version ${version}, which the release names too: ${problem}${unsure}`];
  });
  return [...(own === null ? [] : [own]), ...refused];
};

/** Null: every gate lets the version through. */
export function refusedGate({ verdicts }: VersionRecord): string | null {
  if (verdicts.length === 0) return 'its record carries no verdict of any gate';
  const refused = verdicts.find(({ verdict }) => !letsThrough(verdict));
  return refused ? `gate ${refused.id} said ${refused.verdict}: ${refused.sentence}` : null;
}
