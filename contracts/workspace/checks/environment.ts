import type { Environment } from '../../documents/environment.js';
import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import { type Check, type CheckContext, checkReference, type ReadableFile } from './check.js';
import { cycleFrom } from './cycle.js';
import { checkEnvironmentTimes } from './environment-times.js';

type EnvironmentFile = ReadableFile<'environment'>;

export const checkEnvironment: Check<'environment'> = function* (file, context) {
  const { documents } = context;
  yield* checkReference(file, ['policy'], { kind: 'policy', name: file.document.policy, set: documents });
  yield* checkPromotesFrom(file, context);
  yield* checkWindows(file);
  yield* checkEnvironmentTimes(file);
};

/** Where versions come from first must be there, and must not wait for this environment in turn. */
function* checkPromotesFrom(file: EnvironmentFile, { documents }: CheckContext): Iterable<Finding> {
  const from = file.document.promotesFrom?.environment;
  if (from === undefined) return;
  const path = ['promotesFrom', 'environment'];
  yield* checkReference(file, path, { kind: 'environment', name: from, set: documents });
  const before = (name: string): readonly string[] =>
    [documents.environment.get(name)?.draft?.promotesFrom?.environment ?? []].flat();
  const cycle = cycleFrom(file.parts[0]!, before);
  if (cycle === null) return;
  yield findingAt(file, path, {
    code: 'rule/conflict',
    message: `versions come from ${cycle.slice(1).join(', which has them from ')}: none could ever start`,
    hint: 'Remove promotesFrom where versions run first.',
  });
}

function* checkWindows(file: EnvironmentFile): Iterable<Finding> {
  for (const [at, window] of (file.document.changeWindows ?? []).entries()) {
    if (!isTimeZone(window)) {
      yield findingAt(file, ['changeWindows', at, 'timezone'], {
        code: 'reference/unknown',
        message: `there is no time zone "${window.timezone}"`,
        hint: 'Write a name of the time zone database, such as Europe/Vienna, America/Chicago or UTC.',
      });
    }
    if (window.from < window.to) continue;
    yield findingAt(file, ['changeWindows', at, 'to'], {
      code: 'rule/conflict',
      message: `the window ends at ${window.to}, which is not after its start ${window.from}, so nothing could ever move in it`,
      hint: 'A window lies within one day. Write two, one that ends at 23:59 and one that starts at 00:00 of the next day.',
    });
  }
}

function isTimeZone({ timezone }: NonNullable<Environment['changeWindows']>[number]): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
