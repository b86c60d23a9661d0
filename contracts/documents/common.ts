import { type TSchema, Type } from '@sinclair/typebox';

/** Shared scalars of every document. A scalar that appears in two documents is written here once. */

export const Duration = Type.String({
  pattern: '^[0-9]+(ms|s|m|h|d)$',
  description: 'A fixed-length duration: a whole number and a unit (ms, s, m, h, d), such as `30m`.',
  examples: ['5m', '1h', '7d'],
});

export const Size = Type.String({
  pattern: '^[0-9]+(B|KiB|MiB|GiB)$',
  description: 'A size in bytes: a whole number and a unit (B, KiB, MiB, GiB), such as `200MiB`.',
  examples: ['200MiB'],
});

export const Instant = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?Z)?$',
  description: 'A moment in UTC: a date (midnight) or a date and time, such as `2001-04-01` or `2001-04-01T12:30:00Z`.',
  examples: ['2001-04-01'],
});

export const Name = Type.String({
  pattern: '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$',
  maxLength: 63,
  description: 'A name: lower-case letters, digits, single hyphens or underscores, starting with a letter.',
});

export const Digest = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'A SHA-256 digest: `sha256:` and 64 hexadecimal digits.',
});

export const Owner = Type.String({ minLength: 1, description: 'The team or person who answers for this document.' });

export const Description = Type.String({ minLength: 1, description: 'What this is, in a sentence for people.' });

export const Expression = Type.String({
  minLength: 1,
  description: 'A CEL expression (https://cel.dev), compiled to SQL for the offline path and evaluated online.',
});

/** Pods compile it and ask it for every request: longer than any condition that a person reads is refused. */
export const Condition = Type.String({ ...Expression, maxLength: 4_096 });

export const Share = Type.Number({ minimum: 0, maximum: 1, description: 'A share between 0 and 1.' });

export const VersionNumber = Type.Integer({
  minimum: 1,
  description: 'A model version: a whole number from 1, never used twice in a history.',
});

/** A closed object: an unknown key is an error that names the nearest known key. */
export const closed = <T extends Record<string, TSchema>>(properties: T, options: Record<string, unknown> = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });
