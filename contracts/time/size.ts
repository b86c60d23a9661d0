import { SignalboxError } from '../errors/signalbox-error.js';

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `200MiB` in bytes. Throws `input/bad-argument` for anything that is not a whole number and a unit. */
export function parseSizeBytes(text: string): number {
  const match = /^([0-9]+)(B|KiB|MiB|GiB)$/.exec(text);
  const bytes = match ? Number(match[1]) * BYTES_PER_UNIT[match[2]!]! : Number.NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new SignalboxError('input/bad-argument', `expected a size, got "${text}"`, {
      hint: 'Write a whole number and a unit (B, KiB, MiB, GiB), such as 200MiB.',
    });
  }
  return bytes;
}
