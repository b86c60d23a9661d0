import { utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../../canonical/canonical.js';
import { TIME_BOUNDS } from '../../documents/time-bounds.js';
import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import type { ReadableFile } from './check.js';
import { checkDuration } from './durations.js';

type ModelFile = ReadableFile<'model'>;

/** Half of what pods take as one manifest (`serving/trust/limits.ts`): the rest is for the rollout itself. */
const MAX_CARRIED_BYTES = 128 * 1024;

/** What the card tells pods and trainers to keep to. */
export function* checkServing(file: ModelFile): Iterable<Finding> {
  const { serving, training } = file.document;
  yield* checkDuration(file, ['serving', 'timeout'], {
    ...{ text: serving.timeout, bounds: TIME_BOUNDS.answer },
    tooShort: 'no version could answer in that time',
    tooLong: 'callers are gone by then, and a version that hangs would hold their requests so long',
  });
  yield* checkDuration(file, ['training', 'timeout'], {
    ...{ text: training.timeout, bounds: TIME_BOUNDS.training },
    tooShort: 'no trainer ends in that time',
    tooLong: 'a trainer that hangs would never be stopped',
  });
  const carried = { rule: serving.rule ?? null, conditions: (serving.segments ?? []).map(({ where }) => where) };
  const bytes = utf8ToBytes(canonicalJson(carried)).length;
  if (bytes <= MAX_CARRIED_BYTES) return;
  yield findingAt(file, ['serving'], {
    code: 'schema/bad-value',
    message: `the rule and the conditions of the segments are ${bytes} bytes together, at most ${MAX_CARRIED_BYTES} fit into a manifest`,
    hint: 'Shorten the conditions, or have fewer segments.',
  });
}
