import type { PredictionRecord } from '@signalbox/contracts';
import type { AnsweredFacts, PredictionFacts, VersionFacts } from '../facts/facts.js';
import { answersNodeId, manifestNodeId, podNodeId, predictionNodeId, versionNodeId } from './node-ids.js';
import { countWords, edge, type GraphPart, node, timeWords } from './part.js';

/** A shadow's score is of a copy of the request, and nobody was answered by it. */
export function didWords({ logged }: PredictionFacts): string {
  return logged?.role === 'shadow' ? 'scored a copy' : 'answered';
}

/** One answer, by which version, on which pod, under which manifest. */
export function predictionPart(prediction: PredictionFacts): GraphPart {
  const { doubts, id: name, logged, model, outcomes, pod, serial, version, wallMs } = prediction;
  const id = predictionNodeId(name);
  const outcome = outcomes.at(-1)?.outcome;
  const own = node('prediction', id, {
    title: `Prediction ${name}`,
    facts: {
      [didWords(prediction)]: timeWords(wallMs),
      ...(logged === null ? { values: 'not in the sample of the log' } : loggedFacts(logged)),
      ...(outcome === undefined ? {} : { outcome: String(outcome) }),
    },
    doubt: doubts.length === 0 ? null : doubts.join('; '),
  });
  return {
    nodes: [own, node('pod', podNodeId(pod), { title: `Pod ${pod}` })],
    edges: [
      edge(versionNodeId(model, version), didWords(prediction), id),
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

/** What a version answered, counted: where a walk from a file ends. Counts come after the log's lines, so there may be fewer for a moment. */
export function answersPart({ model, record, version }: VersionFacts, answered: readonly AnsweredFacts[]): GraphPart {
  const own = answered.find((one) => one.package === record.package.digest);
  if (own === undefined) return { nodes: [], edges: [] };
  const logged = Object.values(own.logged).reduce((sum, count) => sum + count, 0);
  const all = Math.max(own.all, logged);
  if (all === 0) return { nodes: [], edges: [] };
  const id = answersNodeId(model, version);
  const byPod = Object.entries(own.logged).map(([pod, count]) => `${pod} ${count.toLocaleString('en')}`);
  const title = `${countWords(all, 'prediction')} by version ${version}`;
  const facts = { all, logged, ...(byPod.length === 0 ? {} : { on: byPod.join(' and ') }) };
  return {
    nodes: [node('predictions', id, { title, facts })],
    edges: [edge(versionNodeId(model, version), 'answered', id)],
  };
}
