import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import { type Check, type CheckContext, checkReference, pathOf, type ReadableFile } from './check.js';
import { checkArms } from './release-arms.js';
import { checkRequires } from './release-requires.js';
import { checkReleaseSegments } from './release-segments.js';
import { checkVersion, type ReleaseFile } from './release-version.js';

export const checkRelease: Check<'release'> = function* (file, context) {
  const { version, fallback, strategy } = file.document;
  yield* checkEnvironmentThere(file, context);
  yield* checkModelThere(file, context);
  yield* checkVersion(file, ['version'], { version, context });
  yield* checkReference(file, ['strategy'], { kind: 'strategy', name: strategy, set: context.documents });
  yield* checkStrategyAllowed(file, context);
  yield* checkHolds(file, context);
  yield* checkArms(file, context);
  yield* checkReleaseSegments(file, context);
  yield* checkRequires(file, context);
  if (!fallback) return;
  const path = ['fallback', 'version'];
  yield* checkVersion(file, path, { version: fallback.version, context });
  if (fallback.version !== version) return;
  const message = `version ${version} is its own fallback, so it falls back to nothing`;
  yield findingAt(file, path, {
    code: 'rule/conflict',
    message,
    hint: 'Name an older version, or remove the fallback.',
  });
};

export function* checkEnvironmentThere(
  file: ReadableFile<'release' | 'hold' | 'freeze' | 'confirmation'>,
  { documents }: CheckContext,
): Iterable<Finding> {
  const environment = file.parts[0]!;
  if (documents.environment.has(environment)) return;
  yield findingAt(file, [], {
    code: 'layout/incomplete',
    message: `a ${file.kind} in the environment "${environment}", which is not defined`,
    hint: `Add ${pathOf('environment', environment)}, or move this file to the environment that you mean.`,
  });
}

function* checkModelThere(file: ReleaseFile, { documents }: CheckContext): Iterable<Finding> {
  const model = file.parts[1]!;
  if (documents.model.has(model)) return;
  yield findingAt(file, [], {
    code: 'reference/unknown',
    message: `a release of "${model}", and there is no such model`,
    hint: `Models: ${[...documents.model.keys()].sort().join(', ') || 'none yet'}. It would be ${pathOf('model', model)}.`,
  });
}

/** The environment's policy says which strategies a model of this risk tier may use. */
function* checkStrategyAllowed(file: ReleaseFile, { documents }: CheckContext): Iterable<Finding> {
  const [environment, model] = file.parts as [string, string];
  const { strategy } = file.document;
  const tier = documents.model.get(model)?.document?.riskTier;
  const policyName = documents.environment.get(environment)?.document?.policy;
  const policy = documents.policy.get(policyName ?? '')?.document;
  if (!tier || !policy || !documents.strategy.has(strategy)) return;
  const allowed = policy.tiers[tier].strategies;
  if (allowed.includes(strategy)) return;
  yield findingAt(file, ['strategy'], {
    code: 'rule/not-allowed',
    message: `the policy "${policyName}" does not allow the strategy "${strategy}" for models of risk tier ${tier}`,
    hint: `Allowed: ${allowed.join(', ')}.`,
  });
}

/** Not an error: a hold is put on a version that is wanted, and the release is changed after it. */
function* checkHolds(file: ReleaseFile, { documents }: CheckContext): Iterable<Finding> {
  const [environment, model] = file.parts as [string, string];
  const record = documents['version-record'].get(`${model}/${file.document.version}`)?.document;
  const hold = record && documents.hold.get(`${environment}/${record.package.digest.replace('sha256:', '')}`)?.document;
  if (!hold) return;
  yield findingAt(file, ['version'], {
    code: 'rule/suspicious',
    severity: 'warning',
    message: `version ${file.document.version} is held in "${environment}" since ${hold.since} by ${hold.by}: ${hold.reason}`,
    hint: `It gets no traffic; if it is live already and nothing else is loaded that could answer, it serves on until another version is promoted. Choose another version, or lift the hold: signalbox hold ${model} --version ${file.document.version} --env ${environment} --lift`,
  });
}
