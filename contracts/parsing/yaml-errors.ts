import type { ErrorCode, YAMLError } from 'yaml';
import type { FindingCode } from '../errors/finding-codes.js';

interface YamlExplanation {
  readonly code: FindingCode;
  readonly message: string;
  readonly hint: string;
}

const SYNTAX: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  TAB_AS_INDENT: ['a tab is used to indent', 'Indent with spaces, two for each level.'],
  BAD_INDENT: [
    'the indentation does not fit the lines around it',
    'Give the keys of one mapping the same indentation.',
  ],
  BLOCK_AS_IMPLICIT_KEY: ['a second ": " stands on one line', 'Put the text in quotes, or start a new line.'],
  MULTILINE_IMPLICIT_KEY: ['a line has no ": " after its key', 'Write "key: value" on one line.'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', 'Close the quote or the bracket before it.'],
  BLOCK_IN_FLOW: [
    'an indented list or mapping stands inside [ ] or { }',
    'Close the bracket, or write all of it in brackets.',
  ],
  BAD_DQ_ESCAPE: ['a backslash in double quotes escapes nothing', 'Double the backslash, or use single quotes.'],
  BAD_SCALAR_START: ['a value starts with a character that YAML reserves', 'Put the value in quotes.'],
  BAD_DIRECTIVE: ['a line that starts with % is no YAML directive', 'Remove the line, or put the value in quotes.'],
  MISSING_CHAR: [
    'a quote, bracket, comma or colon is missing',
    'Close what was opened, and put a space after each colon.',
  ],
  UNEXPECTED_TOKEN: [
    'something stands where YAML expects another thing',
    'Check quotes, brackets and indentation here.',
  ],
};

const TAG_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'TAG_RESOLVE_FAILED',
  'MULTIPLE_TAGS',
  'BAD_COLLECTION_TYPE',
  'NON_STRING_KEY',
]);
const ALIAS_ERRORS: ReadonlySet<ErrorCode> = new Set(['BAD_ALIAS', 'ALIAS_PROPS', 'MULTIPLE_ANCHORS']);

/** A complaint of the YAML parser in plain words. `key` is the text at its place, for a repeated key. */
export function explainYamlError(error: Pick<YAMLError, 'code' | 'message'>, key: string): YamlExplanation {
  if (error.code === 'DUPLICATE_KEY') {
    const hint = 'Keep one of the two; YAML has no rule for which one wins.';
    return { code: 'yaml/duplicate-key', message: `the key ${JSON.stringify(key)} appears twice in one mapping`, hint };
  }
  if (error.code === 'MULTIPLE_DOCS') {
    const hint = 'Remove the "---" line and put what follows in a file of its own.';
    return { code: 'yaml/many-documents', message: 'expected one document a file, found a second one', hint };
  }
  if (error.code === 'RESOURCE_EXHAUSTION') return tooDeep();
  if (ALIAS_ERRORS.has(error.code)) {
    return {
      code: 'yaml/alias',
      message: `an anchor or alias cannot be used so: ${firstLine(error.message)}`,
      hint: 'Write the value out.',
    };
  }
  if (TAG_ERRORS.has(error.code)) {
    const hint = 'Use plain texts, numbers, true, false, lists and mappings only, with texts as keys.';
    return { code: 'yaml/tag', message: `not plain data: ${firstLine(error.message)}`, hint };
  }
  // The parser calls a bracket that is never closed an indentation error of the next line.
  const code = error.code === 'BAD_INDENT' && error.message.includes('end with a') ? 'MISSING_CHAR' : error.code;
  const [message, hint] = SYNTAX[code] ?? SYNTAX.UNEXPECTED_TOKEN!;
  return { code: 'yaml/syntax', message: `not well-formed YAML: ${message} (${firstLine(error.message)})`, hint };
}

export function tooDeep(): YamlExplanation {
  const hint = 'No document needs more than a few levels; is this the right file?';
  return { code: 'yaml/too-large', message: 'lists or mappings are nested too deeply', hint };
}

function firstLine(message: string): string {
  return message.split('\n')[0]!.replace(/:$/, '');
}
