import { longestPoll, POLLS_PER_TIMESTAMP, TIME_BOUNDS } from '../../documents/time-bounds.js';
import type { Finding } from '../../errors/finding.js';
import { durationWithinMs, parseDurationMs } from '../../time/duration.js';
import { findingAt } from '../document-set.js';
import type { ReadableFile } from './check.js';
import { checkDuration } from './durations.js';

type EnvironmentFile = ReadableFile<'environment'>;

/** How often machines look and how long a signature holds: what is far off stops whoever lives by it, and every revert with it. */
export function* checkEnvironmentTimes(file: EnvironmentFile): Iterable<Finding> {
  const { pods, promotesFrom, reconcile } = file.document;
  yield* checkDuration(file, ['reconcile', 'poll'], {
    ...{ text: reconcile.poll, bounds: TIME_BOUNDS.poll },
    tooShort: 'the reconciler would do nothing but look, at Git and at the store',
    tooLong: 'a revert would wait so long to be seen',
  });
  yield* checkDuration(file, ['pods', 'poll'], {
    ...{ text: pods.poll, bounds: TIME_BOUNDS.poll },
    tooShort: 'pods would do nothing but look at the store',
    tooLong: 'a revert would wait so long to reach the pods',
  });
  yield* checkDuration(file, ['pods', 'evidence'], {
    ...{ text: pods.evidence, bounds: TIME_BOUNDS.evidence },
    tooShort: 'pods would do nothing but write what they counted',
    tooLong: 'a version that fails would go unseen so long',
  });
  if (promotesFrom !== undefined) {
    yield* checkDuration(file, ['promotesFrom', 'soak'], {
      ...{ text: promotesFrom.soak, bounds: TIME_BOUNDS.soak },
      tooShort: 'it is no time',
      tooLong: 'no version would ever come here',
    });
  }
  yield* checkTimestamp(file);
}

function* checkTimestamp(file: EnvironmentFile): Iterable<Finding> {
  const { timestampValidity } = file.document;
  const path = ['timestampValidity'];
  const found = [
    ...checkDuration(file, path, {
      ...{ text: timestampValidity, bounds: TIME_BOUNDS.timestampValidity },
      tooShort: 'a timestamp would expire before pods have it, and pods take nothing new then, a revert neither',
      tooLong: 'whoever keeps new manifests from a pod would go unnoticed so long',
    }),
  ];
  yield* found;
  const poll = longestPoll(file.document);
  const leastMs = POLLS_PER_TIMESTAMP * durationWithinMs(poll.text, TIME_BOUNDS.poll);
  if (found.length > 0 || parseDurationMs(timestampValidity) >= leastMs) return;
  yield findingAt(file, path, {
    code: 'rule/conflict',
    message: `a timestamp that is valid for ${timestampValidity} may expire between two polls of ${poll.text} (${poll.path.join('.')})`,
    hint: `Let it outlive ${POLLS_PER_TIMESTAMP} polls: raise it, or poll more often.`,
  });
}
