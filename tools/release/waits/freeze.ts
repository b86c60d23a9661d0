import { type Freeze, parseInstantUs, US_PER_MS } from '@signalbox/contracts';
import { freezeProblems } from '../desired/head.js';
import type { Wait } from './wanted.js';

/** Freezes in force, by the wall clock. One that cannot be read is in force: whoever wrote it wanted to stop something. */
export const frozen: Wait = ({ environment, head, model, settings, wallNowMs }) => {
  const inForce = freezesInForce(settings.freezes, wallNowMs).filter(
    ([, { models }]) => models === undefined || models.includes(model),
  );
  return [
    ...inForce.map(([name, { by, reason, to }]) => `frozen until ${to} by ${by} (${name}): ${reason}`),
    ...freezeProblems(head, environment).map((problem) => `a freeze cannot be read, so it is in force: ${problem}`),
  ];
};

/** From (included) to (excluded). */
export function freezesInForce(
  freezes: ReadonlyMap<string, Freeze>,
  wallNowMs: number,
): readonly (readonly [string, Freeze])[] {
  const nowUs = wallNowMs * US_PER_MS;
  return [...freezes].filter(([, { from, to }]) => parseInstantUs(from) <= nowUs && nowUs < parseInstantUs(to));
}
