/**
 * What can be wrong with a document, by the code that its finding carries. `docs/errors.md` is kept equal to this table by a test.
 * Add a row here before reporting a new code.
 */
export const FINDING_CODES = {
  'yaml/encoding': 'The file is not UTF-8 text, or an escape in it is half of a character.',
  'yaml/too-large': 'The file is larger or deeper than any document has reason to be.',
  'yaml/empty': 'The file holds no document.',
  'yaml/syntax': 'The file is not well-formed YAML.',
  'yaml/duplicate-key': 'A key appears twice in one mapping.',
  'yaml/many-documents': 'The file holds more than one YAML document.',
  'yaml/alias': 'An alias refers to nothing, to itself, or is expanded too often.',
  'yaml/tag': 'A tag or a key asks for a value that is not plain JSON data.',
  'schema/unknown-key': 'A key that this document does not have.',
  'schema/missing-key': 'A key that must be there is not.',
  'schema/wrong-type': 'A value has another type than its key asks for.',
  'schema/bad-value': 'A value has the right type, but not a form or a size that is allowed.',
  'schema/too-many': 'A document has more errors than are told at once.',
  'layout/misplaced': 'A file lies where no document belongs, or its name has another form than its place asks for.',
  'layout/incomplete': 'A document lacks the one that it belongs to.',
  'reference/unknown': 'A name refers to a document, column, feature or metric that does not exist.',
  'rule/conflict': 'Two statements of one or more documents cannot both hold.',
  'rule/not-allowed': 'A policy or a rule of the pipeline forbids it.',
  'rule/suspicious': 'Allowed, but probably not what was meant.',
  'data/mismatch': 'A data file does not have what its source declares.',
  'definition/invalid': 'A definition, or one of its CEL expressions, cannot be compiled.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof FINDING_CODES;
