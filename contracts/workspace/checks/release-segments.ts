import type { Finding } from '../../errors/finding.js';
import { suggest } from '../../errors/nearest.js';
import { findingAt } from '../document-set.js';
import type { CheckContext } from './check.js';
import { checkVersion, type ReleaseFile } from './release-version.js';

/** Segments that a release sends to a version of their own. */
export function* checkReleaseSegments(file: ReleaseFile, context: CheckContext): Iterable<Finding> {
  const [, model] = file.parts as [string, string];
  const card = context.documents.model.get(model)?.document;
  const known = card?.serving.segments?.map(({ name }) => name) ?? [];
  for (const [name, { version }] of Object.entries(file.document.segments ?? {})) {
    const path = ['segments', name];
    if (card && !known.includes(name)) {
      yield findingAt(file, path, {
        code: 'reference/unknown',
        message: `the model card of "${model}" has no segment "${name}"`,
        hint: suggest(name, known, 'segment'),
        atKey: true,
      });
    }
    yield* checkVersion(file, [...path, 'version'], { version, context });
    if (version !== file.document.version) continue;
    yield findingAt(file, [...path, 'version'], {
      code: 'rule/suspicious',
      severity: 'warning',
      message: `version ${version} is the one that is asked for: until it is live, the segment follows the rollout`,
      hint: 'Name an older version, or leave the segment out.',
    });
  }
}
