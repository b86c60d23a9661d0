import { parseInstantUs } from '../../time/instant.js';
import { findingAt } from '../document-set.js';
import { type Check, pathOf } from './check.js';

export const checkVersionRecord: Check<'version-record'> = function* (file, context) {
  const [model, version] = file.parts as [string, string];
  if (!context.documents.model.has(model)) {
    yield findingAt(file, [], {
      code: 'layout/incomplete',
      message: `a version record of "${model}", and there is no such model`,
      hint: `Add ${pathOf('model', model)}, or remove the record if it is in the wrong folder.`,
    });
  }
  const { trainedOn, package: packed } = file.document;
  if (parseInstantUs(trainedOn.from) >= parseInstantUs(trainedOn.to)) {
    const message = `trained on a period that ends at ${trainedOn.to}, which is not after its start ${trainedOn.from}`;
    yield findingAt(file, ['trainedOn', 'to'], { code: 'rule/conflict', message });
  }
  for (const other of context.recordsOf(model)) {
    if (Number(other.parts[1]) >= Number(version)) continue;
    if (other.document?.package.digest !== packed.digest) continue;
    const message = `version ${version} is the same package as version ${other.parts[1]}`;
    yield findingAt(file, ['package', 'digest'], { code: 'rule/suspicious', severity: 'warning', message });
  }
};
