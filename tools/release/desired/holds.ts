import type { Hold } from '@signalbox/contracts';
import { type Head, unreadableHolds } from './head.js';

/** By package digest: the holds of an environment, and those that cannot be read. Whose these are is not known, so they hold for whoever asks. */
export function holdsOf(head: Head, environment: string, model: string): ReadonlyMap<string, Hold> {
  const holds = head.workspace.environments.get(environment)?.holds ?? new Map<string, Hold>();
  const unreadable = unreadableHolds(head, environment).map(([digest, hold]) => [digest, { model, ...hold }] as const);
  return unreadable.length === 0 ? holds : new Map([...unreadable, ...holds]);
}
