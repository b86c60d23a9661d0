import { digestJson, type ManifestPackage, type RolloutManifest, US_PER_MS } from '@signalbox/contracts';

/** What somebody decides by hand. */
export interface EmergencyOrder {
  /** The version that is to answer everything. */
  readonly to: number;
  readonly by: string;
  readonly reason: string;
  /** Wall clock, epoch milliseconds. */
  readonly atMs: number;
}

/** A reason stands in the manifest that every pod reads: a sentence or two. */
const MOST_REASON_CHARACTERS = 2_000;

export type EmergencyPlan =
  | { readonly manifest: RolloutManifest; readonly reasons: readonly string[] }
  | { readonly refused: string };

/**
 * The manifest that makes one version answer everything at once, from nothing but what is published: no Git, no evidence. It only leads back, to what
 * was live here before or stands by as proven; what is still being tried has shown nothing yet. Pure.
 */
export function planEmergency(current: RolloutManifest, order: EmergencyOrder): EmergencyPlan {
  const { to } = order;
  const target = current.packages.find(({ version }) => version === to);
  const refused = tooLong(order) ?? whyNot(current, to, target);
  if (refused !== null || target === undefined) return { refused: refused ?? `version ${to} is unknown` };
  const left = leftBy(current, to);
  const segments = current.segments.map((one) => (isOneOf(left, one.version) ? { ...one, version: null } : one));
  const keptBeside = (version: number | null) => (version === to || isOneOf(left, version) ? null : version);
  const [fallback, previousChampion] = [keptBeside(current.fallback), keptBeside(current.previousChampion)];
  const needed = new Set([to, fallback, previousChampion, ...segments.map(({ version }) => version)]);
  const manifest: RolloutManifest = {
    ...current,
    serial: current.serial + 1,
    previous: digestJson(current),
    packages: current.packages.filter(({ version }) => needed.has(version)),
    champion: to,
    previousChampion,
    candidate: null,
    candidateBuckets: 0,
    arms: [],
    segments,
    shadow: null,
    fallback,
    rollout: {
      ...current.rollout,
      phase: 'live',
      step: 0,
      enteredAt: enteredAt(current, order.atMs),
      emergency: { by: order.by, reason: order.reason, atMs: order.atMs },
    },
  };
  const freed = segments.filter((one, i) => one.version !== current.segments[i]!.version).map(({ name }) => name);
  return {
    manifest,
    reasons: [
      `version ${to} was made live by hand by ${order.by}: ${order.reason}`,
      ...freed.map((name) => `segment ${name} follows it: its own version was left as well`),
    ],
  };
}

const tooLong = ({ reason }: EmergencyOrder): string | null =>
  reason.length <= MOST_REASON_CHARACTERS
    ? null
    : `the reason has ${reason.length} characters, and pods read it with the manifest: at most ${MOST_REASON_CHARACTERS}`;

/** Versions that an emergency can lead to, oldest first. */
export function emergencyTargets(current: RolloutManifest): readonly number[] {
  const versions = current.packages.map(({ version }) => version);
  return versions
    .filter((version) => whyNot(current, version, packageOf(current, version)) === null)
    .sort((a, b) => a - b);
}

function whyNot(current: RolloutManifest, to: number, target: ManifestPackage | undefined): string | null {
  if (target === undefined) return `pods have not loaded version ${to}, and nothing new can be allowed without Git`;
  const { arms, candidate, champion, shadow } = current;
  const isAlone = candidate === null && shadow === null && arms.length === 0;
  if (to === champion && isAlone && current.segments.every(({ version }) => version === null || version === to)) {
    return `version ${to} answers everything already`;
  }
  if (current.rollout.rejected.some(({ digest }) => digest === target.digest)) return `version ${to} was rejected here`;
  const isTried = to === candidate || arms.some(({ version }) => version === to);
  return isTried ? `version ${to} is still being tried, and has not been shown to be good here` : null;
}

/** The versions that are fled from: what answered units by the rollout. What a segment is pinned to beside them stays. */
function leftBy({ arms, candidate, champion }: RolloutManifest, to: number): readonly (number | null)[] {
  return [champion, candidate, ...arms.map(({ version }) => version)].filter((version) => version !== to);
}

const isOneOf = (versions: readonly (number | null)[], version: number | null): boolean =>
  version !== null && versions.includes(version);

const packageOf = ({ packages }: RolloutManifest, version: number): ManifestPackage | undefined =>
  packages.find((one) => one.version === version);

/** By the event clock, which never goes back. In a replay nobody can tell it here: then it stands where it stood. */
function enteredAt({ clock, rollout }: RolloutManifest, atMs: number): number {
  return clock === 'wall' ? Math.max(rollout.enteredAt, atMs * US_PER_MS) : rollout.enteredAt;
}
