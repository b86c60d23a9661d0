import { isDeepStrictEqual } from 'node:util';
import type { RolloutManifest } from '@signalbox/contracts';
import { saysTheSame } from '../reconcile/index.js';
import { describeManifest } from '../status/describe.js';

/** What is published of a model, and what the next pass would make of it once a change is merged. */
export interface Outlook {
  /** Null: nothing yet. */
  readonly published: RolloutManifest | null;
  /** What is published after the pass; null: still nothing. */
  readonly next: RolloutManifest | null;
  /** The same without the change. */
  readonly otherwise: RolloutManifest | null;
  /** Why, as the reconciler says it; none where a stage that is under way just goes on. */
  readonly reasons: readonly string[];
  /** Whether something else is asked for than without the change, so that a later pass may decide otherwise although the next one does not. */
  readonly asksOtherwise: boolean;
  /** Published commits that the branch lacks: the reconciler publishes nothing, so `next` is what is published. */
  readonly lost: readonly string[];
  /** The asked version was asked for here before, and is neither live nor loaded. */
  readonly isReturn: boolean;
  /** The feature definitions of all that was live here: what answered has its views in the online store, and none is ever removed. */
  readonly servedFeatures: ReadonlySet<string>;
}

/** Of a model of which something is published. */
export type LiveOutlook = Outlook & { readonly published: RolloutManifest; readonly next: RolloutManifest };

/** By `<environment>/<model>`. */
export type Outlooks = ReadonlyMap<string, Outlook>;

/** What the next pass makes of every model, as far as what is published could be read. */
export interface NextPass {
  readonly outlooks: Outlooks;
  /** Why it could not be read, by environment. */
  readonly unread: ReadonlyMap<string, string>;
}

export const liveOutlook = (outlook: Outlook | null): LiveOutlook | null =>
  outlook === null || outlook.published === null || outlook.next === null
    ? null
    : { ...outlook, published: outlook.published, next: outlook.next };

/** Whether the next pass publishes something else than without the change. */
export const movesBy = ({ next, otherwise }: Outlook): boolean =>
  next !== otherwise && (next === null || otherwise === null || !saysTheSame(next, otherwise));

/** Whether the asked version answers everything in the next pass. */
export const goesAtOnce = ({ next }: LiveOutlook, version: number): boolean =>
  next.champion === version && next.candidate === null;

/** What the next pass makes of it, and what it would do without the change, where that is told by no reason. */
export function nextPassSentences(outlook: Outlook): readonly string[] {
  const { next, otherwise, published, reasons } = outlook;
  const now = published === null ? [] : [`Published now is ${describeManifest(published)}.`];
  const said = [...now, ...reasons.map((reason) => `In the next pass: ${reason.replace(/[.]$/, '')}.`)];
  if (!movesBy(outlook)) return said;
  const untold = reasons.length === 0 && next !== null ? [`In the next pass: ${differences(published, next)}.`] : [];
  const without =
    otherwise === null || (published !== null && saysTheSame(published, otherwise))
      ? []
      : [`Without this the next pass publishes ${describeManifest(otherwise)}.`];
  return [...said, ...untold, ...without];
}

/** For a manifest that no rule has a word for. */
function differences(published: RolloutManifest | null, next: RolloutManifest): string {
  const beside = ['serial', 'previous', 'commit'];
  const changed = (Object.keys(next) as (keyof RolloutManifest)[]).filter(
    (key) => !beside.includes(key) && !isDeepStrictEqual(published?.[key], next[key]),
  );
  return `it publishes ${describeManifest(next)} (other than now: ${changed.join(', ')})`;
}
