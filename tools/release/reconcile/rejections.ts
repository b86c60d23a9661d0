import { type RolloutManifest, type Verdict, visible } from '@signalbox/contracts';
import type { Desired } from './input.js';

type Rejection = RolloutManifest['rollout']['rejected'][number];

/**
 * A rejection takes traffic away, so its manifest must be one that pods take, of 256 KiB, whatever was rejected before and whatever the reasons quote. At its
 * worst a whole reason has 3 KB, and a rejection without one 250 bytes.
 */
const MAX_REJECTIONS = 200;
const MAX_REASON = 1_000;
/** Older ones are told short: what was decided then is kept beside the manifests. */
const TOLD_WHOLE = 10;
const MAX_OLD_REASON = 100;

/**
 * What is rejected here once these are too, oldest first. Of more than are kept, those go first whose hold in Git keeps them out as well, then the oldest, and
 * never one that the release names: what Git asks for stays out, and what is forgotten could only start at its first step.
 */
export function rememberRejected(
  before: readonly Rejection[],
  added: readonly Rejection[],
  desired: Desired,
): readonly Rejection[] {
  const again = new Set(added.map(({ digest }) => digest));
  const all = [...before.filter(({ digest }) => !again.has(digest)), ...added];
  const named = namedBy(desired);
  const kept = all.length <= MAX_REJECTIONS ? all : mostNeeded(all, { named, held: desired.holds });
  return kept.map((one, at) => ({
    ...one,
    reason: shortened(one.reason, at < kept.length - TOLD_WHOLE ? MAX_OLD_REASON : MAX_REASON),
  }));
}

/** Sorting is stable: of two that are needed alike, the newer one comes first. */
function mostNeeded(
  all: readonly Rejection[],
  { held, named }: { readonly named: ReadonlySet<string>; readonly held: Desired['holds'] },
): readonly Rejection[] {
  const rank = ({ digest }: Rejection): number => (named.has(digest) ? 0 : held.has(digest) ? 2 : 1);
  const byNeed = [...all].reverse().sort((a, b) => rank(a) - rank(b));
  const needed = new Set(byNeed.slice(0, MAX_REJECTIONS));
  return all.filter((one) => needed.has(one));
}

/** All that the release asks for, in whatever part. */
function namedBy({ arms, fallback, package: asked, segments }: Desired): ReadonlySet<string> {
  const others = [...arms, fallback, ...segments.map((segment) => segment.package)];
  return new Set([asked, ...others].flatMap((one) => one?.digest ?? []));
}

/** Reasons quote pods and programs: every character can be seen, so the manifest has a canonical form. Cut again, since what is unseen becomes longer. */
const shortened = (reason: string, most: number): string => visible(visible(reason, most), most);

/** Why a version is rejected in a stage, as far as people read on. */
export function reasonOf(stage: string, failures: readonly Verdict[]): string {
  return shortened(`${stage}: ${failures.map((one) => one.sentence).join(' ')}`, MAX_REASON);
}
