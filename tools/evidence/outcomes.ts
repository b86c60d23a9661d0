import type { OutcomeRecord, PredictionRecord } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { parsePredictionId } from '@signalbox/serving/telemetry';
import { readLines } from './log-lines.js';
import { asOutcome, asPrediction } from './log-records.js';
import { podsOf } from './pods.js';

export interface JoinRequest {
  readonly environment: string;
  /** The package whose answers are asked about. */
  readonly package: string;
  /** Event time of the requests: from (included) to (excluded). */
  readonly fromUs: number;
  readonly toUs: number;
}

/** One sampled answer with what became of it. */
export interface JoinedAnswer {
  readonly id: string;
  readonly atUs: number;
  readonly score: number;
  readonly outcome: number | boolean;
}

/** Answers with their outcomes, and everything that could not be joined, counted by why. */
export interface OutcomeJoin {
  readonly joined: readonly JoinedAnswer[];
  /** Answers that are in the sample by rate, given as the manifest meant: what `joined` is a part of. */
  readonly answers: number;
  /** Answers without any outcome. */
  readonly waiting: number;
  /** Outcomes that came again and said the same: counted once. */
  readonly repeated: number;
  /** Answers whose outcomes contradict each other: left out, since neither can be believed. */
  readonly contradicted: number;
  /** Answers whose outcome was observed before the answer was asked for: left out, it cannot be theirs. */
  readonly early: number;
  /** Outcomes for ids of pods that never wrote here, or that are no ids: nothing of ours gave them. */
  readonly unknown: number;
  /** Lines of either log that are no records. */
  readonly unreadable: number;
}

/** Of an answer, no more than the join needs: a day of answers must fit into memory. */
interface Answer {
  readonly id: string;
  readonly atUs: number;
  readonly score: number;
  outcome: OutcomeRecord['outcome'] | null;
  observedAtUs: number;
  contradicted: boolean;
}

/**
 * Who answers a request in its own right: as champion, and before that as candidate of a canary, whose units are drawn by a hash. Copies, fallbacks and
 * pinned calls were chosen by something that may have to do with the outcome.
 */
const ROLES: readonly PredictionRecord['role'][] = ['champion', 'candidate'];

/**
 * Joins the prediction log with the outcome log of an environment, by prediction id and over all pods: an outcome may come on any pod, before the
 * prediction is written, twice, or for an answer that the sample left out. Answers in which a version failed or that are degraded are left out, so the
 * rows are an even sample of what the package answers as the manifest meant. Errors: `store/unavailable`; what hostile clients wrote is counted, never an error.
 */
export async function joinOutcomes(store: BlobStore, request: JoinRequest): Promise<OutcomeJoin> {
  const counts = { repeated: 0, unknown: 0, unreadable: 0 };
  const answers = new Map<string, Answer>();
  const pods = new Set(await podsOf(store, request.environment));
  for await (const { pod, value } of readLines(store, request.environment, 'predictions')) {
    const record = asPrediction(value, pod);
    if (record === null) counts.unreadable++;
    else if (isAsked(record, request)) answers.set(record.id, asAnswer(record));
  }
  for await (const { value } of readLines(store, request.environment, 'outcomes')) {
    const record = asOutcome(value);
    if (record === null) counts.unreadable++;
    else if (!pods.has(parsePredictionId(record.predictionId)?.pod ?? '')) counts.unknown++;
    else if (takeOutcome(answers.get(record.predictionId), record)) counts.repeated++;
  }
  return { ...counts, ...summarise([...answers.values()]) };
}

function isAsked(record: PredictionRecord, request: JoinRequest): boolean {
  const { fromUs, toUs } = request;
  const within = record.atUs >= fromUs && record.atUs < toUs;
  return within && record.package === request.package && ROLES.includes(record.role) && isAsMeant(record);
}

/** The champion answers under its own role where a candidate failed before: a choice of hard requests, which says nothing of the rest. */
const isAsMeant = ({ degraded, failures, sampled }: PredictionRecord): boolean =>
  sampled && failures.length === 0 && degraded === null;

function asAnswer({ id, atUs, score }: PredictionRecord): Answer {
  return { id, atUs, score: score ?? Number.NaN, outcome: null, observedAtUs: 0, contradicted: false };
}

/** Whether it only said again what was known. */
function takeOutcome(answer: Answer | undefined, { outcome, observedAtUs }: OutcomeRecord): boolean {
  if (answer === undefined) return false;
  if (answer.outcome === null) {
    answer.outcome = outcome;
    answer.observedAtUs = observedAtUs;
    return false;
  }
  const same = Number(answer.outcome) === Number(outcome);
  if (!same) answer.contradicted = true;
  return same;
}

function summarise(answers: readonly Answer[]) {
  const joined: JoinedAnswer[] = [];
  let [waiting, contradicted, early] = [0, 0, 0];
  for (const { id, atUs, score, outcome, ...rest } of answers) {
    if (outcome === null) waiting++;
    else if (rest.contradicted) contradicted++;
    else if (rest.observedAtUs < atUs) early++;
    else joined.push({ id, atUs, score, outcome });
  }
  return { joined, answers: answers.length, waiting, contradicted, early };
}
