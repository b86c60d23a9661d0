import { SignalboxError } from '@signalbox/contracts';
import { liftCommand } from './hold.js';
import type { ReturnUnderWay } from './rollback-target.js';

interface Where {
  readonly environment: string;
  readonly model: string;
}

export interface HeldVersion {
  readonly version: number;
  readonly why: string;
  readonly file: string;
}

interface Instead {
  /** Where it could go, with how where that is forward. */
  readonly others: ReadonlyMap<number, string | null>;
  /** Why nobody can say what is live; null: somebody can. */
  readonly unread: string | null;
  /** What it would go to, were it not held, or not rejected. */
  readonly held?: HeldVersion;
  readonly rejected?: number;
}

/** A rollback that leads nowhere, with every other way. */
export function refused(where: Where, why: string, { held, others, rejected, unread }: Instead): SignalboxError {
  const { environment, model } = where;
  const lift = held ? ` To lift the hold (${held.file}): ${liftCommand({ ...where, version: held.version })}` : '';
  const promote = `signalbox promote ${model} --env ${environment} --version`;
  const again = rejected === undefined ? '' : ` To try it again by its steps: ${promote} ${rejected} --re-promote`;
  const hint =
    others.size === 0
      ? `No other version that was asked for there is free of holds and rejections. To choose one freely: ${promote} <n>.`
      : waysOf(others).join(' ');
  const blind = unread === null ? '' : `${byGitAlone(where, unread)} `;
  return refusal(where, why, `${blind}${hint}${lift}${again}`);
}

function waysOf(others: Instead['others']): readonly string[] {
  const back = [...others].flatMap(([version, how]) => (how === null ? [`--to ${version}`] : []));
  const forward = [...others].flatMap(([version, how]) => (how === null ? [] : [`--to ${version} (${how})`]));
  return [
    ...(back.length === 0 ? [] : [`It can go back to: ${back.join(', ')}.`]),
    ...(forward.length === 0 ? [] : [`What was left, or never was live, comes forward again: ${forward.join(', ')}.`]),
  ];
}

/** Git does not know what the reconciler keeps out, so the way back may lead to what it takes from nobody. */
export const byGitAlone = ({ environment, model }: Where, unread: string): string =>
  `What is published of ${model} in ${environment} could not be read here (${unread}): this goes by Git alone, which does not know what was rejected or never came to be live.`;

/** A rollback that does not say where to, while Git asks for a return already. */
export function refusedUnderWay(where: Where, under: ReturnUnderWay, others: readonly number[]): SignalboxError {
  const { comes, live, loaded, version } = under;
  const { environment, model } = where;
  const about: Readonly<Record<number, string>> = {
    ...(loaded === null ? {} : { [loaded]: ', which is loaded and live at once' }),
    [live]: comes === 'by steps' ? ' ends that' : ` keeps version ${live}`,
  };
  const ways = others.map((other) => `--to ${other}${about[other] ?? ''}`);
  const elsewhere = ways.length === 0 ? '' : ` To go elsewhere: ${ways.join('; ')}.`;
  const then = loaded === null ? `version ${version}, if it was live here before,` : `version ${loaded}`;
  const canHold = comes === 'by steps' && others.includes(live);
  const hold = canHold
    ? ` Or hold version ${live}, and ${then} is live at once: signalbox hold ${model} --version ${live} --env ${environment} --reason <why> --merge`
    : '';
  return refusal(
    where,
    `Git asks for version ${version} already; ${COMES[comes](under)}`,
    `What becomes of it: signalbox status --env ${environment}.${elsewhere}${hold}`,
  );
}

const COMES: Readonly<Record<ReturnUnderWay['comes'], (under: ReturnUnderWay) => string>> = {
  'at once': ({ live }) => `the next pass brings it at once in place of version ${live}`,
  'by steps': ({ live }) => `it takes its steps beside version ${live}, which is live, or waits to`,
  'after the emergency': ({ live }) =>
    `version ${live} serves by an emergency, which stands until Git asks for that one or a commit ends it (docs/rollback.md)`,
};

const refusal = ({ environment, model }: Where, why: string, hint: string): SignalboxError =>
  new SignalboxError('release/refused', `${model} in ${environment} cannot be rolled back: ${why}`, { hint });
