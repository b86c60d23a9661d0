import type { PodModelStatus, PodStatus } from '@signalbox/contracts';
import { isCount, isRecord, parseOrNull } from './checks.js';

/** Pods are less trusted than Git: what does not look like a status is none, and stops nothing. */
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
  return sound ? (value as unknown as PodStatus) : null;
}

function isPosition(value: unknown): boolean {
  if (!isRecord(value) || typeof value.run !== 'string') return false;
  return /^[0-9a-z]{1,24}$/.test(value.run) && isCount(value.sequence);
}

function isModelStatus(value: unknown): value is PodModelStatus {
  if (!isRecord(value)) return false;
  const { appliedSerial, breaker, frozen, limits, loaded, rejected, staleMs } = value;
  return (
    (appliedSerial === null || isCount(appliedSerial)) &&
    (rejected === null || (isRecord(rejected) && isCount(rejected.serial) && typeof rejected.reason === 'string')) &&
    (breaker === null || isBreaker(breaker)) &&
    (limits === null || isRecord(limits)) &&
    typeof frozen === 'boolean' &&
    Number.isFinite(staleMs) &&
    Array.isArray(loaded) &&
    loaded.every((one) => isRecord(one) && isCount(one.version) && typeof one.digest === 'string')
  );
}

function isBreaker(value: unknown): boolean {
  return (
    isRecord(value) && [value.version, value.serial, value.sinceMs].every(isCount) && typeof value.reason === 'string'
  );
}
