import { letsThrough, type Verdict } from '@signalbox/contracts';
import { count } from '../report/index.js';
import { loadWorkspace } from '../validate/index.js';
import type { Proposed } from './release-steps.js';
import { type Publication, why } from './rollout-log.js';
import { MODEL, type Stage } from './stage.js';

/** Sentences about what was measured: every number comes from a record. */

/** What a proposed version is, and how it did. */
export async function versionSentence({ scratch }: Stage, proposed: Proposed): Promise<string> {
  const workspace = await loadWorkspace(scratch.work);
  const record = workspace.versions.get(MODEL)!.get(proposed.version)!;
  const { trainedOn, metrics } = record;
  const auc = metrics.auc!;
  const interval = auc.interval ? ` (${auc.interval[0].toFixed(3)} to ${auc.interval[1].toFixed(3)})` : '';
  return [
    `Version ${proposed.version} was trained on ${count(trainedOn.rows)} flights from ${trainedOn.from} to ${trainedOn.to}.`,
    `On ${count(auc.rows)} flights of a later month its AUC is ${auc.value.toFixed(3)}${interval}.`,
    gatesSentence(proposed.verdicts),
  ].join(' ');
}

function gatesSentence(verdicts: readonly Verdict[]): string {
  const passed = verdicts.filter(({ verdict }) => letsThrough(verdict)).length;
  const compared = verdicts.find(({ id }) => id === 'champion/auc');
  const sentence =
    compared?.verdict === 'bootstrap'
      ? ' There is no champion yet to compare it with.'
      : ` ${compared?.sentence ?? ''}`;
  const warnings = verdicts.filter(({ verdict }) => verdict === 'warn');
  const warned = warnings.map(({ id, sentence: warning }) => ` ${id} warns: ${warning}`).join('');
  return `${passed} of ${verdicts.length} gates let it through.${sentence}${warned}`;
}

/** A published manifest, and why it was published. */
export function publicationSentence(publication: Publication): string {
  const { rollout, serial } = publication.manifest;
  return `Serial ${serial}, ${rollout.phase}. ${why(publication)}`;
}
