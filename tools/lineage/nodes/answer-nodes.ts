import type { PredictionRecord } from '@signalbox/contracts';
import type { AnsweredFacts, PredictionFacts, VersionFacts } from '../facts/facts.js';
import { answersNodeId, manifestNodeId, podNodeId, predictionNodeId, versionNodeId } from './node-ids.js';
import { countWords, edge, type GraphPart, node, timeWords } from './part.js';

/** One answer, by which version, on which pod, under which manifest. */
export function predictionPart(prediction: PredictionFacts): GraphPart {
  const { doubts, id: name, logged, model, outcomes, pod, serial, version, wallMs } = prediction;
  const id = predictionNodeId(name);
  const outcome = outcomes.at(-1)?.outcome;
  const own = node('prediction', id, {
    title: `Prediction ${name}`,
    facts: {
      answered: timeWords(wallMs),
      ...(logged === null ? { values: 'not in the sample of the log' } : loggedFacts(logged)),
      ...(outcome === undefined ? {} : { outcome: String(outcome) }),
    },
    doubt: doubts.length === 0 ? null : doubts.join('; '),
  });
  return {
    nodes: [own, node('pod', podNodeId(pod), { title: `Pod ${pod}` })],
    edges: [
      edge(versionNodeId(model, version), 'answered', id),
      edge(manifestNodeId(model, serial), 'routed', id),
      edge(podNodeId(pod), 'served', id),
    ],
  };
}

function loggedFacts({ atUs, degraded, role, score }: PredictionRecord): Readonly<Record<string, string | number>> {
  return {
    score: score ?? 'none',
    role,
    ...(degraded === null ? {} : { degraded }),
    'request time': timeWords(atUs / 1000),
  };
}

/** The logged answers of a version, counted: where a walk from a file ends. */
export function answersPart({ model, record, version }: VersionFacts, answered: readonly AnsweredFacts[]): GraphPart {
  const own = answered.filter((one) => one.package === record.package.digest);
  const total = own.reduce((sum, { predictions }) => sum + predictions, 0);
  if (total === 0) return { nodes: [], edges: [] };
  const id = answersNodeId(model, version);
  const byPod = Object.fromEntries(own.map(({ pod, predictions }) => [pod, predictions]));
  return {
    nodes: [
      node('predictions', id, {
        title: `${countWords(total, 'logged prediction')} by version ${version}`,
        facts: byPod,
      }),
    ],
    edges: [edge(versionNodeId(model, version), 'answered', id)],
  };
}
