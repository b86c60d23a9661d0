import { parseSizeBytes, type Verdict } from '@signalbox/contracts';
import type { GateInput, InfrastructureEvidence } from './evidence.js';
import { count, figure, noData } from './words.js';

/** `infrastructure/*`: the real serving runtime loads the package, gives the golden scores, and meets latency, memory and size. */
export function infrastructureGates({ model, infrastructure }: GateInput): Verdict[] {
  const { maxPackageSize, maxP95LatencyMs, maxMemory } = model.gates.infrastructure;
  if (infrastructure === null) {
    const missing = 'The package was not tried in the serving runtime.';
    return ['load', 'golden', 'missing', 'latency', 'memory', 'size'].map((what) =>
      noData(`infrastructure/${what}`, missing),
    );
  }
  return [
    loadVerdict(infrastructure),
    goldenVerdict(infrastructure),
    missingVerdict(infrastructure),
    latencyVerdict(infrastructure, maxP95LatencyMs),
    memoryVerdict(infrastructure, maxMemory),
    sizeVerdict(infrastructure, maxPackageSize),
  ];
}

function loadVerdict({ loadProblem }: InfrastructureEvidence): Verdict {
  const id = 'infrastructure/load';
  if (loadProblem === null) return { id, verdict: 'pass', sentence: 'The serving runtime loads the package.' };
  return { id, verdict: 'fail', sentence: `The serving runtime does not load the package: ${loadProblem}.` };
}

function goldenVerdict({ loadProblem, goldenProblem }: InfrastructureEvidence): Verdict {
  const id = 'infrastructure/golden';
  if (loadProblem !== null) return noData(id, 'The golden inputs were not tried: the package does not load.');
  if (goldenProblem !== null) return { id, verdict: 'fail', sentence: `The golden inputs differ: ${goldenProblem}.` };
  return { id, verdict: 'pass', sentence: 'The serving runtime gives the golden scores.' };
}

/**
 * A value that training rows lack, the model must do without. One that none of them lacks, live traffic may lack all the same: nothing is known
 * of how often, so a reviewer is warned.
 */
function missingVerdict({ missing }: InfrastructureEvidence): Verdict {
  const id = 'infrastructure/missing';
  if (missing === null) return noData(id, 'It was not tried what the model does when a value is missing.');
  const { features, trainingRows, unscored, scoredWithoutAny } = missing;
  const rests = { value: unscored.length, bound: 0, formula: 'features without which there is no score = 0' };
  const learned = unscored.filter(({ missingRows }) => missingRows > 0);
  const told = learned.length > 0 ? learned : unscored;
  const [first] = told;
  if (first !== undefined) {
    const more = told.length > 1 ? `, nor without ${count(told.length - 1)} more` : '';
    const known =
      learned.length > 0
        ? `${count(first.missingRows)} of ${count(trainingRows)} training rows lack it`
        : `no training row lacks it; a live request that does would get the fallback's answer and count as a failure`;
    return {
      id,
      verdict: learned.length > 0 ? 'fail' : 'warn',
      sentence: `The model gives no score without ${first.name}${more}: ${known}.`,
      ...rests,
      feature: first.name,
      examples: told
        .slice(0, 10)
        .map(({ name, missingRows }) => `${name}: missing in ${count(missingRows)} training rows`),
    };
  }
  const each = `The model gives a score whichever of its ${count(features)} features is missing`;
  if (scoredWithoutAny) return { id, verdict: 'pass', sentence: `${each}, and when all are.`, ...rests };
  return { id, verdict: 'warn', sentence: `${each}, but none when all are.`, ...rests };
}

function latencyVerdict({ latencyP95Ms, latencyCalls }: InfrastructureEvidence, maxMs: number): Verdict {
  const id = 'infrastructure/latency';
  if (latencyP95Ms === null) return noData(id, 'The latency was not measured.');
  return {
    id,
    verdict: latencyP95Ms <= maxMs ? 'pass' : 'fail',
    sentence: `95 % of ${count(latencyCalls)} single-row calls took at most ${figure(latencyP95Ms)} ms; ${figure(maxMs)} ms is allowed.`,
    value: latencyP95Ms,
    bound: maxMs,
    formula: `p95 of single-row calls <= ${maxMs} ms`,
    sampleSize: latencyCalls,
  };
}

function memoryVerdict({ memoryBytes }: InfrastructureEvidence, maxMemory: string): Verdict {
  const id = 'infrastructure/memory';
  if (memoryBytes === null) return noData(id, 'The memory was not measured: the package did not answer.');
  const bound = parseSizeBytes(maxMemory);
  return {
    id,
    verdict: memoryBytes <= bound ? 'pass' : 'fail',
    sentence: `A process grew by ${figure(memoryBytes / 2 ** 20)} MiB while it loaded the package and answered, the runtime included; ${maxMemory} is allowed.`,
    value: memoryBytes,
    bound,
    formula: `highest resident set - resident set before loading <= ${bound} bytes`,
  };
}

function sizeVerdict({ packageBytes }: InfrastructureEvidence, maxPackageSize: string): Verdict {
  const bound = parseSizeBytes(maxPackageSize);
  return {
    id: 'infrastructure/size',
    verdict: packageBytes <= bound ? 'pass' : 'fail',
    sentence: `The package has ${figure(packageBytes / 1024)} KiB; ${maxPackageSize} is allowed.`,
    value: packageBytes,
    bound,
    formula: `bytes of all files <= ${bound}`,
  };
}
