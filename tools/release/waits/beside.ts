import type { Release, VersionRecord } from '@signalbox/contracts';
import { standing, type Wanted } from './wanted.js';

/** Arms and the versions of segments: what answers users beside the version that the release asks for. */
export function namedBeside({ arms = [], segments = {}, version }: Release): readonly number[] {
  const named = [...arms, ...Object.values(segments).map((segment) => segment.version)];
  return [...new Set(named)].filter((one) => one !== version);
}

/**
 * Those of them that would begin to answer: not what answers here already, nor what cannot begin because it is held or rejected, nor an arm once there is
 * no experiment to come. A record that cannot be read is told by its gates.
 */
export function newBeside(
  wanted: Pick<Wanted, 'environment' | 'head' | 'model' | 'published' | 'record' | 'release'>,
): ReadonlyMap<number, VersionRecord> {
  const { environment, head, model, published, release } = wanted;
  const current = published.get(model);
  if (current === undefined) return new Map();
  const { holds } = head.workspace.environments.get(environment)!;
  const isOut = (digest: string): boolean =>
    holds.has(digest) || current.rollout.rejected.some((rejection) => rejection.digest === digest);
  const running = new Set([...current.arms, ...current.segments].map(({ version }) => version));
  const { arms: _over, ...settled } = release;
  const records = head.workspace.versions.get(model);
  const named = namedBeside(standing(wanted) === 'live' ? settled : release).flatMap((version) => {
    const record = records?.get(version);
    return record === undefined ? [] : ([[version, record]] as const);
  });
  return new Map(
    named.filter(
      ([version, record]) =>
        !running.has(version) && !isOut(record.package.digest) && standing({ ...wanted, record }) === 'new',
    ),
  );
}
