import type { Hold, Workspace } from '@signalbox/contracts';
import { type Head, unreadableHolds } from './head.js';

/** By package digest: the holds of an environment, and those that cannot be read. Whose these are is not known, so they hold for whoever asks. */
export function holdsOf(head: Head, environment: string, model: string): ReadonlyMap<string, Hold> {
  const holds = head.workspace.environments.get(environment)?.holds ?? new Map<string, Hold>();
  const unreadable = unreadableHolds(head, environment).map(([digest, hold]) => [digest, { model, ...hold }] as const);
  return unreadable.length === 0 ? holds : new Map([...unreadable, ...holds]);
}

/** The documents with those holds among the others, each of the models whose package it names: what a plan compares. */
export function withAllHolds(head: Head): Workspace {
  const { environments, versions } = head.workspace;
  const models = [...versions.keys()];
  const isOf = (model: string, digest: string): boolean =>
    [...versions.get(model)!.values()].some((record) => record.package.digest === digest);
  const whole = [...environments].map(([name, settings]) => {
    const unreadable = unreadableHolds(head, name).flatMap(([digest, hold]) =>
      models.filter((model) => isOf(model, digest)).map((model) => [digest, { model, ...hold }] as const),
    );
    return [name, { ...settings, holds: new Map([...unreadable, ...settings.holds]) }] as const;
  });
  return { ...head.workspace, environments: new Map(whole) };
}
