import { type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import type { PredictionIdParts } from '@signalbox/serving/telemetry';
import { readDecisions } from '../../release/index.js';
import { CLOCK_SKEW_MS } from '../answer-id.js';
import { timeWords } from '../nodes/part.js';
import type { LineageContext } from './context.js';

/** How long after its successor was decided a manifest may still answer: pods poll, publishing takes its time, and requests end by what they began with. */
const HANDOVER_MS = 5 * 60_000;

/** The manifest that an id names, null where the store no longer has it, and the one that took its place; null: none yet. */
export interface InForce {
  readonly manifest: RolloutManifest | null;
  readonly successor: RolloutManifest | null;
}

/**
 * What speaks against the time of an id, a sentence each: its manifest has to have been in force. Pods without the store serve on by an old manifest, so
 * that a late answer is only doubtful. Errors: `input/unknown-reference` for a time before the manifest was decided.
 */
export async function timeDoubts(
  { store }: Pick<LineageContext, 'store'>,
  { serial, wallMs }: PredictionIdParts,
  { manifest, successor }: InForce,
): Promise<readonly string[]> {
  if (manifest === null) return [notKept(serial)];
  const decidedAtMs = await decidedAt(store, manifest);
  if (decidedAtMs !== null && wallMs < decidedAtMs - CLOCK_SKEW_MS) {
    const message = `manifest ${serial} was decided at ${timeWords(decidedAtMs)}, after the time that the id names (${timeWords(wallMs)})`;
    throw new SignalboxError('input/unknown-reference', message, {
      hint: 'No pod could answer under it by then: the id is forged or misspelt.',
    });
  }
  const replacedAtMs = successor && (await decidedAt(store, successor));
  return [
    ...(decidedAtMs === null ? [notKept(serial)] : []),
    ...(successor !== null && replacedAtMs === null ? [notKept(successor.serial)] : []),
    ...(replacedAtMs !== null && wallMs > replacedAtMs + HANDOVER_MS ? [late(serial, replacedAtMs)] : []),
  ];
}

const notKept = (serial: number): string =>
  `when manifest ${serial} was decided is not in the store any more, so that the time of the answer could not be checked against it`;

const late = (serial: number, replacedAtMs: number): string =>
  `manifest ${serial} had been replaced at ${timeWords(replacedAtMs)}: the pod could not read the store since then, or the id is forged`;

async function decidedAt(store: LineageContext['store'], manifest: RolloutManifest): Promise<number | null> {
  const [decision] = await readDecisions(store, manifest, ({ serial }) => serial === manifest.serial);
  return decision?.decidedAtMs ?? null;
}
