import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import { type CheckContext, checkReference, pathOf } from './check.js';
import { cycleFrom } from './cycle.js';
import type { ReleaseFile } from './release-version.js';

/** What must be live first: there must be such a version, it must be released here, and it must not wait for this one in turn. */
export function* checkRequires(file: ReleaseFile, context: CheckContext): Iterable<Finding> {
  const { documents } = context;
  const [environment] = file.parts as [string, string];
  for (const [model, version] of Object.entries(file.document.requires ?? {})) {
    const path = ['requires', model];
    yield* checkReference(file, path, { kind: 'model', name: model, set: documents, atKey: true });
    if (!documents.model.has(model)) continue;
    if (!documents['version-record'].has(`${model}/${version}`)) {
      const numbers = context.recordsOf(model).map((record) => record.parts[1]);
      yield findingAt(file, path, {
        code: 'reference/unknown',
        message: `"${model}" has no version ${version}`,
        hint: `Versions: ${numbers.join(', ') || 'none yet'}.`,
      });
    }
    if (documents.release.has(`${environment}/${model}`)) continue;
    yield findingAt(file, path, {
      code: 'rule/conflict',
      message: `"${model}" is not released in "${environment}", so this version would wait for ever`,
      hint: `It would be ${pathOf('release', `${environment}/${model}`)}.`,
      atKey: true,
    });
  }
  yield* checkCycle(file, context);
}

function* checkCycle(file: ReleaseFile, { documents }: CheckContext): Iterable<Finding> {
  const [environment, model] = file.parts as [string, string];
  const required = (name: string): readonly string[] =>
    Object.keys(documents.release.get(`${environment}/${name}`)?.draft?.requires ?? {});
  const cycle = cycleFrom(model, required);
  if (cycle === null) return;
  const self = cycle.length === 2;
  yield findingAt(file, ['requires', cycle[1]!], {
    code: 'rule/conflict',
    message: self
      ? `"${model}" requires itself, so it would wait for ever`
      : `"${model}" requires ${cycle.slice(1).join(', which requires ')}: each would wait for the other`,
    hint: 'A version that others need takes its place before them; remove one of the two.',
    atKey: true,
  });
}
