import { type PodModelStatus, type PodStatus, visible } from '@signalbox/contracts';
import { isCount, isRecord, parseOrNull } from './checks.js';

/** Longer than any reason of a pod of ours. */
const MAX_REASON = 2_000;
const MAX_ADDRESS = 200;

/**
 * Pods are less trusted than Git: what does not look like a status is none, and stops nothing. What they say for people goes on into manifests, which pods take
 * up to a size, and into requests: it is one line of characters that can be seen, and not long.
 */
export function parsePodStatus(bytes: Uint8Array): PodStatus | null {
  const value = parseOrNull(bytes);
  if (!isRecord(value) || value.schema !== 'signalbox/pod-status/2' || !isRecord(value.models)) return null;
  const { address, environment, eventNowUs, evidence, pod, startedAtMs, writtenAtMs } = value;
  const sound =
    [address, environment, pod].every((one) => typeof one === 'string') &&
    [startedAtMs, writtenAtMs].every(isCount) &&
    Number.isFinite(eventNowUs) &&
    isPosition(evidence) &&
    Object.values(value.models).every(isModelStatus);
  return sound ? readable(value as unknown as PodStatus) : null;
}

function readable(status: PodStatus): PodStatus {
  const models = Object.entries(status.models).map(([model, { breaker, rejected, unusable, ...said }]) => [
    model,
    {
      ...said,
      // A pod of before that rejects may serve something else than it applied.
      servedSerial: said.servedSerial ?? (rejected ? null : said.appliedSerial),
      rejected: rejected && { ...withReason(rejected), versions: rejected.versions ?? [] },
      unusable: (unusable ?? []).map(withReason),
      breaker: breaker && withReason(breaker),
    },
  ]);
  return { ...status, address: visible(status.address, MAX_ADDRESS), models: Object.fromEntries(models) };
}

function withReason<T extends { readonly reason: string }>(said: T): T {
  return { ...said, reason: visible(said.reason.replace(/\s+/g, ' '), MAX_REASON) };
}

function isPosition(value: unknown): boolean {
  if (!isRecord(value) || typeof value.run !== 'string') return false;
  return /^[0-9a-z]{1,24}$/.test(value.run) && isCount(value.sequence);
}

function isModelStatus(value: unknown): value is PodModelStatus {
  if (!isRecord(value)) return false;
  const {
    appliedSerial,
    breaker,
    frozen,
    limits,
    loaded,
    rejected,
    servedSerial = null,
    staleMs,
    unusable = [],
  } = value;
  return (
    [appliedSerial, servedSerial].every((serial) => serial === null || isCount(serial)) &&
    (rejected === null || isRefusal(rejected)) &&
    (breaker === null || isBreaker(breaker)) &&
    Array.isArray(unusable) &&
    unusable.every((one) => isAboutVersion(one) && typeof one.reason === 'string') &&
    (limits === null || isRecord(limits)) &&
    typeof frozen === 'boolean' &&
    Number.isFinite(staleMs) &&
    Array.isArray(loaded) &&
    loaded.every((one) => isRecord(one) && isCount(one.version) && typeof one.digest === 'string')
  );
}

/** A pod of before says of no version what is wrong, nor what it serves without. */
function isRefusal(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value.serial) || typeof value.reason !== 'string') return false;
  const { versions = [] } = value;
  return Array.isArray(versions) && versions.every(isAboutVersion);
}

const isAboutVersion = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) && isCount(value.version) && typeof value.broken === 'boolean';

function isBreaker(value: unknown): boolean {
  return (
    isRecord(value) && [value.version, value.serial, value.sinceMs].every(isCount) && typeof value.reason === 'string'
  );
}
