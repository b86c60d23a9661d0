import type { Workspace } from '@signalbox/contracts';
import { blocksByOthers, refusedGate } from '../waits/index.js';

/** Versions that could be promoted, and by a change of the policy or of a risk tier cannot: nothing says so before somebody tries. Pure. */
export function lapseNotes(before: Workspace, after: Workspace): string[] {
  return [...after.environments].flatMap(([environment, { releases }]) => {
    const lapsed = [...releases].flatMap(([model, release]) => {
      const versions = lapsedOf({ environment, model, version: release.version }, before, after);
      return versions.length === 0 ? [] : [`${model} ${versions.join(', ')}`];
    });
    if (lapsed.length === 0) return [];
    return [
      `Other gates block then than when these were gated, so unless they were live in ${environment} they cannot be promoted there any more, and a new version is proposed once this is merged: ${lapsed.join('; ')}.`,
    ];
  });
}

interface Asked {
  readonly environment: string;
  readonly model: string;
  readonly version: number;
}

/** Of what was compared with another version the verdict has lapsed already. */
function lapsedOf(asked: Asked, before: Workspace, after: Workspace): readonly number[] {
  const records = after.versions.get(asked.model) ?? new Map();
  const champion = records.get(asked.version)?.package.digest ?? null;
  const known = before.versions.get(asked.model);
  return [...records].flatMap(([version, record]) => {
    const isOpen = version !== asked.version && record.boundTo.champion === champion && refusedGate(record) === null;
    const heldBefore = !known?.has(version) || !blocksByOthers(record, { ...asked, workspace: before });
    const holds = !blocksByOthers(record, { ...asked, workspace: after });
    return isOpen && heldBefore && !holds ? [version] : [];
  });
}
