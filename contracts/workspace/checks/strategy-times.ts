import { TIME_BOUNDS } from '../../documents/time-bounds.js';
import type { Finding } from '../../errors/finding.js';
import type { FieldPath } from '../../parsing/field-path.js';
import { parseDurationUs } from '../../time/duration.js';
import { findingAt } from '../document-set.js';
import type { ReadableFile } from './check.js';
import { checkDuration } from './durations.js';

type StrategyFile = ReadableFile<'strategy'>;

/** A stage that must last longer than it may can only be rejected. */
export function* checkStageTimes(file: StrategyFile): Iterable<Finding> {
  const { blueGreen, canary, experiment, shadow, stageDeadline } = file.document;
  yield* checkLength(file, ['stageDeadline'], stageDeadline);
  const deadline = { name: 'stageDeadline', longest: stageDeadline };
  if (shadow) yield* checkTime(file, ['shadow'], { ...shadow, ...deadline });
  for (const [at, step] of (canary?.steps ?? []).entries()) {
    yield* checkTime(file, ['canary', 'steps', at], { ...step, ...deadline });
  }
  if (blueGreen) yield* checkTime(file, ['blueGreen'], { ...blueGreen, ...deadline });
  if (!experiment) return;
  yield* checkLength(file, ['experiment', 'maxDuration'], experiment.maxDuration);
  yield* checkTime(file, ['experiment'], { ...experiment, name: 'maxDuration', longest: experiment.maxDuration });
}

function* checkTime(
  file: StrategyFile,
  path: FieldPath,
  { longest, minDuration, name }: { readonly minDuration: string; readonly name: string; readonly longest: string },
): Iterable<Finding> {
  if (parseDurationUs(minDuration) <= parseDurationUs(longest)) return;
  yield findingAt(file, [...path, 'minDuration'], {
    code: 'rule/conflict',
    message: `the stage lasts at least ${minDuration}, and ends undecided after ${longest} (${name})`,
    hint: `Shorten it, or raise ${name}.`,
  });
}

function* checkLength(file: StrategyFile, path: FieldPath, longest: string): Iterable<Finding> {
  yield* checkDuration(file, path, {
    ...{ text: longest, bounds: TIME_BOUNDS.stage },
    tooShort: 'a stage that may take no time ends before anything is counted',
    tooLong: 'a stage that shows nothing would never end',
  });
}
