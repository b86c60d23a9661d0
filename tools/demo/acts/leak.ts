import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { letsThrough, SignalboxError, type Verdict } from '@signalbox/contracts';
import type { Proposed } from '../release-steps.js';
import { MODEL, type Stage, type Tell } from '../stage.js';

const SOURCE_FILE = 'features/sources/flights.yaml';
const OBSERVED_AT = /^observedAt: .*$/m;

export interface Leak {
  readonly proposed: Proposed;
  /** What it changed, as lines of a diff. */
  readonly change: readonly string[];
  /** The verdicts that refuse it. */
  readonly refused: readonly Verdict[];
}

/**
 * Act 5: a pull request says that a flight's delay is known when the flight departs. Offline everything looks better at once. It never gets
 * further than its pull request.
 */
export async function leak(stage: Stage, tell: Tell): Promise<Leak> {
  const { shell, scratch } = stage;
  await shell.git('switch', '--quiet', '-c', 'fresher-delays');
  await claimAtDeparture(join(scratch.work, SOURCE_FILE));
  const diff = await shell.git('diff', '--unified=0', '--', SOURCE_FILE);
  await shell.git('commit', '--quiet', '--all', '-m', 'Use delays as soon as a flight departs');
  const proposed = (await shell.refused('propose', MODEL)) as Proposed;
  await shell.git('switch', '--quiet', 'main');
  const refused = proposed.verdicts.filter(({ verdict }) => !letsThrough(verdict));
  const leaks = refused.filter(({ id }) => id.startsWith('leak/'));
  if (leaks.length === 0)
    throw new SignalboxError('demo/stopped', 'the leak was refused, but not as a leak', {
      hint: 'The verdicts above say what each gate found.',
    });
  const quality = proposed.verdicts.find(({ id }) => id === 'champion/auc');
  tell(`Offline it looks like progress. ${quality?.sentence ?? ''}`);
  for (const { id, sentence, examples } of leaks) tell(`${id} refuses it: ${sentence} ${examples?.[0] ?? ''}`.trim());
  return { proposed, change: changedLines(diff), refused };
}

async function claimAtDeparture(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!OBSERVED_AT.test(text))
    throw new SignalboxError('internal/bug', `expected a line "observedAt: …" in ${SOURCE_FILE}, found none`);
  await writeFile(path, text.replace(OBSERVED_AT, 'observedAt: date'));
}

function changedLines(diff: string): readonly string[] {
  return diff.split('\n').filter((line) => /^[-+](?![-+])/.test(line));
}
