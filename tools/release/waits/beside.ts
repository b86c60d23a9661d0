import type { Release, RolloutManifest, VersionRecord } from '@signalbox/contracts';
import { holdsOf } from '../desired/holds.js';
import { standing, type Wanted } from './wanted.js';

type BesideQuestion = Pick<Wanted, 'environment' | 'head' | 'model' | 'published' | 'record' | 'release'>;

/** Arms and the versions of segments: what answers users beside the version that the release asks for. */
export function namedBeside({ arms = [], segments = {}, version }: Release): readonly number[] {
  const named = [...arms, ...Object.values(segments).map((segment) => segment.version)];
  return [...new Set(named)].filter((one) => one !== version);
}

/** The same with the fallback, which answers when others cannot. */
export function alsoNamed(release: Release): readonly number[] {
  const fallback = release.fallback === undefined ? [] : [release.fallback.version];
  return [...new Set([...namedBeside(release), ...fallback])].filter((one) => one !== release.version);
}

/**
 * Those beside it that would begin to answer where something is live: not what answers here already, nor what cannot begin because it is held or
 * rejected, nor an arm once there is no experiment to come. A record that cannot be read is told by its gates.
 */
export function newBeside(wanted: BesideQuestion): ReadonlyMap<number, VersionRecord> {
  if (!wanted.published.has(wanted.model)) return new Map();
  const answering = namedBeside(wanted.release);
  return new Map([...newNamed(wanted)].filter(([version]) => answering.includes(version)));
}

/** The same with the fallback, and where nothing is live yet. */
export function newNamed(wanted: BesideQuestion): ReadonlyMap<number, VersionRecord> {
  const { environment, head, model, published, release } = wanted;
  const current = published.get(model);
  const holds = holdsOf(head, environment, model);
  const rejected = current?.rollout.rejected ?? [];
  const isOut = (digest: string): boolean => holds.has(digest) || rejected.some((one) => one.digest === digest);
  const records = head.workspace.versions.get(model);
  const { arms: _over, ...settled } = release;
  const named = alsoNamed(standing(wanted) === 'live' ? settled : release).flatMap((version) => {
    const record = records?.get(version);
    return record === undefined ? [] : ([[version, record]] as const);
  });
  return new Map(
    named.filter(([version, record]) => {
      const isNew = ['new', 'first'].includes(standing({ ...wanted, record }));
      return isNew && !runsBeside(current, version) && !isOut(record.package.digest);
    }),
  );
}

function runsBeside(current: RolloutManifest | undefined, version: number): boolean {
  if (current === undefined) return false;
  const beside = [...current.arms, ...current.segments].map((one) => one.version);
  return [...beside, current.fallback].includes(version);
}
