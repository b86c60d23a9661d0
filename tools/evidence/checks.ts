/** Hand-written checks of what pods wrote: hostile input, read in every pass, of few forms. */

/** Null for what is not JSON, which is none of the forms either. */
export function parseOrNull(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
  } catch {
    return null;
  }
}

/** A count that adds exactly: a whole number, not negative, and small enough that sums of many stay exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
