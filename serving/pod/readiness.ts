import type { Readiness } from '../api/index.js';

export interface ReadinessFacts {
  readonly stopping: boolean;
  /** Whether it has said so before. */
  readonly wasReady: boolean;
  /** By model: whether something serves it, and why a manifest was rejected. */
  readonly models: readonly { readonly model: string; readonly serves: boolean; readonly rejected: string | null }[];
  /** Why the signed manifests were not taken, if they were not. */
  readonly refused: string | null;
  readonly frozen: boolean;
}

/**
 * Ready when every published model is served, and from then on: while all pods load a model that is new, or cannot, they serve the others. A rejected or
 * stale manifest is told but does not make a pod unready: it serves the last good one, and taking it out of the balancer would turn a held release into
 * an outage.
 */
export function readinessOf({ stopping, wasReady, models, refused, frozen }: ReadinessFacts): Readiness {
  const reasons: string[] = [];
  if (stopping) reasons.push('the pod is stopping');
  if (models.length === 0)
    reasons.push(refused === null ? 'no manifest has been read yet' : `no manifest was taken: ${refused}`);
  for (const { model, serves, rejected } of models) {
    if (!serves) reasons.push(`${model}: nothing is loaded yet${rejected === null ? '' : ` (${rejected})`}`);
  }
  const ready = !stopping && (wasReady || reasons.length === 0);
  for (const { model, serves, rejected } of models)
    if (serves && rejected !== null) reasons.push(`${model}: ${rejected}`);
  if (ready && refused !== null) reasons.push(`the newest signed state was refused: ${refused}`);
  if (frozen) reasons.push('the signed state has expired: the pod serves on and takes nothing new');
  return { ready, reasons };
}
