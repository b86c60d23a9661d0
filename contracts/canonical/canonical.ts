import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

export type DigestString = `sha256:${string}`;

/** The canonical form of a JSON value: RFC 8785 (JCS), so that equal documents have equal bytes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

/** SHA-256 of bytes or of UTF-8 text. */
export function digestBytes(bytes: Uint8Array | string): DigestString {
  return `sha256:${bytesToHex(sha256(typeof bytes === 'string' ? utf8ToBytes(bytes) : bytes))}`;
}

/** SHA-256 of the canonical form. */
export function digestJson(value: unknown): DigestString {
  return digestBytes(canonicalJson(value));
}
