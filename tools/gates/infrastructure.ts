import { parseSizeBytes, type Verdict } from '@signalbox/contracts';
import type { GateInput, InfrastructureEvidence } from './evidence.js';
import { count, figure, noData } from './words.js';

/** `infrastructure/*`: the real serving runtime loads the package, gives the golden scores, and meets latency and size. */
export function infrastructureGates({ model, infrastructure }: GateInput): Verdict[] {
  const { maxPackageSize, maxP95LatencyMs } = model.gates.infrastructure;
  if (infrastructure === null) {
    const missing = 'The package was not tried in the serving runtime.';
    return ['load', 'golden', 'latency', 'size'].map((what) => noData(`infrastructure/${what}`, missing));
  }
  return [
    loadVerdict(infrastructure),
    goldenVerdict(infrastructure),
    latencyVerdict(infrastructure, maxP95LatencyMs),
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
