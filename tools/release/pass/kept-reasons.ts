import { decisionKey, digestJson, type RolloutDecision, type RolloutManifest } from '@signalbox/contracts';
import type { BlobStore, StoredObject } from '@signalbox/serving/stores';
import { wordsOf } from './as-held.js';

/** A rollout has a few decisions; nobody reads more of them than this. */
export const MAX_DECISIONS = 100;
/** Larger than any decision has reason to be. */
const MAX_DECISION_BYTES = 1024 * 1024;

/**
 * Keeps why a manifest says what it says, for people: pull requests, reports, lineage. Null, or why it could not be kept: what is to be published is
 * published all the same.
 */
export async function recordDecision(
  store: Pick<BlobStore, 'write'>,
  decision: Omit<RolloutDecision, 'schema'>,
): Promise<string | null> {
  try {
    await store.write(
      decisionKey(decision.manifest, digestJson(decision.manifest)),
      JSON.stringify({ schema: 'signalbox/rollout-decision/1', ...decision } satisfies RolloutDecision),
    );
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

/**
 * The decisions that led to a published manifest, newest first, as long as `wanted` says and the store has them. Each is reached by the digest that the
 * manifest after it carries, so a record of anything else is not found. Errors: `store/unavailable`.
 */
export async function readDecisions(
  store: Pick<BlobStore, 'read'>,
  published: RolloutManifest,
  wanted: (manifest: RolloutManifest) => boolean,
): Promise<readonly RolloutDecision[]> {
  const found: RolloutDecision[] = [];
  let [serial, digest]: [number, string | null] = [published.serial, digestJson(published)];
  while (digest !== null && found.length < MAX_DECISIONS) {
    const record: StoredObject | null = await store.read(decisionKey({ ...published, serial }, digest), {
      maxBytes: MAX_DECISION_BYTES,
    });
    const decision: RolloutDecision | null = record && parseDecision(record.bytes, digest);
    if (!decision || !wanted(decision.manifest)) break;
    found.push(decision);
    [serial, digest] = [serial - 1, decision.manifest.previous];
  }
  return found;
}

/** Null for what is no decision about the manifest with this digest. */
function parseDecision(bytes: Uint8Array, digest: string): RolloutDecision | null {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as RolloutDecision;
    const said = [...value.reasons, ...value.verdicts.flatMap(({ id, sentence, verdict }) => [id, sentence, verdict])];
    const sound =
      value.schema === 'signalbox/rollout-decision/1' &&
      Number.isSafeInteger(value.decidedAtMs) &&
      said.every((text) => typeof text === 'string') &&
      digestJson(value.manifest) === digest;
    return sound ? value : null;
  } catch {
    return null;
  }
}
