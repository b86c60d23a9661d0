import { visible } from '@signalbox/contracts';
import { refused } from './refused.js';

export interface JsonBounds {
  /** How it is called in errors. */
  readonly name: string;
  readonly maxBytes: number;
  /** How deep objects and lists may lie in each other. */
  readonly maxDepth: number;
}

/**
 * JSON of somebody else, read in one way only: UTF-8 without a byte order mark, no key twice (readers differ in which one counts), no number that a double
 * cannot hold, bounded in size and depth. Throws `handover/refused`.
 */
export function parseStrictJson(bytes: Uint8Array, { name, maxBytes, maxDepth }: JsonBounds): unknown {
  if (bytes.length > maxBytes) throw refused(`${name} has more than ${maxBytes} bytes`, 'Nothing of it was read.');
  const text = decodeUtf8(bytes, name);
  scan(text, { name, maxDepth });
  try {
    return JSON.parse(text, finite);
  } catch (cause) {
    const why = cause instanceof Error ? visible(cause.message, 200) : 'it cannot be parsed';
    throw refused(`${name} is not JSON: ${why}`, AGAIN, cause);
  }
}

const AGAIN = 'Run the job that writes it again.';

function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refused(`${name} is not UTF-8`, AGAIN, cause);
  }
}

function finite(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError('a number is larger than a double holds');
  return value;
}

/** What an open bracket has seen so far: the keys of an object, or null in a list. */
type Level = Set<string> | null;

/** One pass over brackets, strings and the colon after a key: depth and keys hang on nothing else; `JSON.parse` checks the rest. */
function scan(text: string, { name, maxDepth }: Pick<JsonBounds, 'name' | 'maxDepth'>): void {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      levels.push(character === '{' ? new Set() : null);
      if (levels.length > maxDepth) throw refused(`${name} is nested deeper than ${maxDepth}`, AGAIN);
    } else if (character === '}' || character === ']') levels.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) noteKey(levels.at(-1) ?? null, text.slice(at, end), name);
      at = end - 1;
    }
  }
}

/** The position after the closing quote, or the end of a text that lacks it. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}

/** Keys are compared as they read, not as they are spelt: `"\u0061"` is `"a"`. */
function noteKey(level: Level, spelt: string, name: string): void {
  if (level === null) return;
  let key: string;
  try {
    key = JSON.parse(spelt) as string;
  } catch {
    return;
  }
  if (key === '__proto__') throw refused(`${name} has a key "__proto__"`, AGAIN);
  if (level.has(key)) throw refused(`${name} has the key "${visible(key, 80)}" twice`, AGAIN);
  level.add(key);
}
