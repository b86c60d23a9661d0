import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import type { CheckContext } from './check.js';
import { checkVersion, type ReleaseFile } from './release-version.js';

/** Other versions that compete: there must be an experiment for them, units for each, and each another version. */
export function* checkArms(file: ReleaseFile, context: CheckContext): Iterable<Finding> {
  const { arms = [], version } = file.document;
  for (const [at, arm] of arms.entries()) {
    yield* checkVersion(file, ['arms', at], { version: arm, context });
    if (arm !== version) continue;
    yield findingAt(file, ['arms', at], {
      code: 'rule/conflict',
      message: `version ${arm} is the version that is asked for, and an arm of its own already`,
      hint: 'List only the versions that compete beside it and beside the live one.',
    });
  }
  if (arms.length > 0) yield* checkRoom(file, context, arms.length);
}

function* checkRoom(file: ReleaseFile, { documents }: CheckContext, arms: number): Iterable<Finding> {
  const { strategy } = file.document;
  const document = documents.strategy.get(strategy)?.document;
  if (!document) return;
  const { experiment } = document;
  if (experiment === undefined) {
    yield findingAt(file, ['arms'], {
      code: 'rule/conflict',
      message: `arms compete in an experiment, and the strategy "${strategy}" has none`,
      hint: 'Choose a strategy with an experiment, or remove the arms.',
      atKey: true,
    });
    return;
  }
  // Each arm, the asked version and the live one.
  const parts = arms + 2;
  if (experiment.share * parts <= 1) return;
  yield findingAt(file, ['arms'], {
    code: 'rule/conflict',
    message: `${parts - 1} arms of ${experiment.share} each leave the live version less than one of them has`,
    hint: `The strategy "${strategy}" has room for ${Math.max(0, Math.floor(1 / experiment.share) - 2)} arms beside the version that is asked for.`,
    atKey: true,
  });
}
