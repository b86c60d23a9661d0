import { SignalboxError } from '@signalbox/contracts';

/** Longest key, in UTF-8 bytes, and longest part: what S3 and common file systems both take. */
const MAX_KEY_BYTES = 1024;
const MAX_PART_BYTES = 255;

/**
 * Refuses keys that could leave the store or that some store cannot hold: empty parts, parts that start with a dot (also `.` and `..`),
 * backslashes and control characters. Errors: `input/bad-argument`.
 */
export function assertBlobKey(key: string): void {
  const wrong = keyFault(key);
  if (wrong === null) return;
  throw new SignalboxError('input/bad-argument', `the store key ${JSON.stringify(key.slice(0, 200))} ${wrong}`, {
    hint: 'Use names separated by single slashes, such as `tuf/prod/1.root.json`.',
  });
}

function keyFault(key: string): string | null {
  if (key === '') return 'is empty';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (hasControlCharacter(key) || key.includes('\\')) return 'has a backslash or a control character';
  for (const part of key.split('/')) {
    if (part === '') return 'has an empty part';
    if (part.startsWith('.')) return `has a part that starts with a dot: ${part}`;
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return `has a part longer than ${MAX_PART_BYTES} bytes`;
  }
  return null;
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || text.charCodeAt(i) === 0x7f) return true;
  return false;
}
