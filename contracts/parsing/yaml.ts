import {
  CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  visit,
  YAMLParseError,
} from 'yaml';
import type { Finding } from '../errors/finding.js';
import type { FindingCode } from '../errors/finding-codes.js';
import { visible } from '../errors/visible-text.js';
import { composeYaml, type TooDeep } from './compose-yaml.js';
import type { FieldPath } from './field-path.js';
import { explainYamlError, tooDeep } from './yaml-errors.js';

/** Documents are written by people or are short records; a list of ten thousand names still fits. A larger file is a mistake, and would only cost time. */
export const MAX_DOCUMENT_CHARACTERS = 256 * 1024;
/** What whoever reads a whole commit holds at once: a hundred thousand version records. Parsed, it takes five times as much memory. */
export const MAX_DOCUMENTS_BYTES = 128 * 1024 * 1024;
/** Aliases of a document, and how often they may be expanded: enough for shared lists, too few for a bomb of aliases of aliases. */
const MAX_ALIASES = 100;
/** After this many broken places in one file, the rest are echoes. */
const MAX_COMPLAINTS = 10;
/** Repeated keys that are made errors of before the first places are chosen. */
const MAX_REPEATED = 1000;

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as plain data that still knows where each value stands. */
export interface YamlTree {
  readonly value: unknown;
  /** Where a value stands, or the nearest thing around it that exists. `key` asks for the key instead of the value. */
  locate(path: FieldPath, what?: 'key' | 'value'): Position;
}

export interface YamlResult {
  /** Null when the file cannot be read as one tree of plain data. */
  readonly tree: YamlTree | null;
  readonly findings: readonly Finding[];
}

/** Reads one YAML 1.2 file. Never throws: whatever is wrong becomes a finding with its place. */
export function parseYaml(file: string, text: string): YamlResult {
  const refused = refuseText(file, text) ?? refuseAliases(file, text);
  if (refused) return { tree: null, findings: [refused] };
  const { at, document } = nodesOf(text);
  if ('tooDeepAt' in document) {
    return { tree: null, findings: [{ ...tooDeep(), severity: 'error', place: { file, ...at(document.tooDeepAt) } }] };
  }
  const findings: Finding[] = complaints(text, document).map(({ offset, ...finding }) => ({
    ...finding,
    place: { file, ...at(offset) },
  }));
  if (findings.length === 0 && isEmpty(document.contents)) {
    return { tree: null, findings: [emptyFile(file)] };
  }
  for (const finding of refuseNodes(file, document, at)) findings.push(finding);
  if (findings.some((finding) => finding.code !== 'yaml/duplicate-key')) return { tree: null, findings };
  return expand({ file, text, document, findings });
}

interface Nodes {
  readonly text: string;
  readonly document: Document.Parsed | TooDeep;
  readonly at: (offset: number) => Position;
}

/** Of the last text alone: nodes take up to a hundred times the memory of their text, and only findings ask where something stands. */
let last: Nodes | null = null;

function nodesOf(text: string): Nodes {
  if (last?.text === text) return last;
  last = { text, document: composeYaml(text, { uniqueKeys: false, stringKeys: false }), at: positions(text) };
  return last;
}

/**
 * The nodes of a text that anybody may have written, errors included, for whoever edits it or looks for a single value. Null where reading it could take the
 * process down, or minutes.
 */
export function readYaml(text: string): Document.Parsed | null {
  if (refuseText('', text) || refuseAliases('', text)) return null;
  const document = composeYaml(text, { uniqueKeys: false });
  if ('tooDeepAt' in document) return null;
  for (const error of repeatedKeys(document)) document.errors.push(error);
  return document;
}

/** What the parser complains of: one complaint a place (an open bracket makes one a level), and not the echoes of the first ten. */
function complaints(text: string, document: Document.Parsed) {
  const errors = [...document.errors, ...repeatedKeys(document)].sort((a, b) => a.pos[0] - b.pos[0]);
  const byOffset = new Map([...errors, ...document.warnings].reverse().map((error) => [error.pos[0], error]));
  return [...byOffset.values()]
    .reverse()
    .slice(0, MAX_COMPLAINTS)
    .map((error) => ({
      ...explainYamlError(error, keyAt(text, error.pos)),
      severity: 'error' as const,
      offset: error.pos[0],
    }));
}

/** What can be said of a text before it is parsed. */
function refuseText(file: string, text: string): Finding | null {
  const refuse = (offset: number, code: FindingCode, [message, hint]: readonly [string, string]): Finding => ({
    code,
    severity: 'error',
    message,
    hint,
    place: { file, ...positions(text)(offset) },
  });
  if (text.length > MAX_DOCUMENT_CHARACTERS) {
    // Not how many there are: whoever reads a commit hands over something short for what is far too large.
    const limit = `expected at most ${MAX_DOCUMENT_CHARACTERS} characters, and all documents together in ${MAX_DOCUMENTS_BYTES} bytes; got more`;
    return refuse(0, 'yaml/too-large', [limit, 'Is this the right file? Documents name data by its digest.']);
  }
  // Decoders put U+FFFD where bytes are not UTF-8; other control characters never come from an editor.
  const bad = /\uFFFD|(?![\t\n\r\x85])\p{Cc}/u.exec(text);
  if (bad) {
    return refuse(bad.index, 'yaml/encoding', [
      'expected UTF-8 text, got bytes that are not',
      'Save the file as UTF-8.',
    ]);
  }
  return null;
}

/** Every alias is looked for in the whole document: too many are refused before one is. */
function refuseAliases(file: string, text: string): Finding | null {
  if (text.split('*', MAX_ALIASES + 2).length <= MAX_ALIASES + 1) return null;
  let [offset, count, before] = [0, 0, ''];
  for (const token of new Lexer().lex(text)) {
    // What follows the mark of a scalar is text, whatever it begins with.
    if (before !== CST.SCALAR && CST.tokenType(token) === 'alias') count += 1;
    if (count > MAX_ALIASES) {
      const message = `expected at most ${MAX_ALIASES} aliases in a document, found more`;
      const hint = 'Write the values out instead of using & and *.';
      return { code: 'yaml/alias', severity: 'error', message, hint, place: { file, ...positions(text)(offset) } };
    }
    // Marks stand for themselves and are no part of the text.
    if (!MARKS.has(token)) offset += token.length;
    before = token;
  }
  return null;
}

const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** Keys that a mapping has already. The parser looks at every key before for each: half a minute for forty thousand. */
function repeatedKeys(document: Document.Parsed): YAMLParseError[] {
  const errors: YAMLParseError[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const at = key.range?.[0] ?? 0;
        if (seen.has(key.value))
          errors.push(new YAMLParseError([at, at + 1], 'DUPLICATE_KEY', 'Map keys must be unique'));
        seen.add(key.value);
        if (errors.length === MAX_REPEATED) return visit.BREAK;
      }
      return undefined;
    },
  });
  return errors;
}

function emptyFile(file: string): Finding {
  const hint = 'Write the document, or delete the file.';
  return {
    code: 'yaml/empty',
    severity: 'error',
    message: 'the file is empty',
    hint,
    place: { file, line: 1, column: 1 },
  };
}

/**
 * What YAML allows and plain data does not: a collection as a key, the one name that JavaScript objects treat as their prototype, half of a character
 * (an escape can say it), and an alias inside of what it stands for.
 */
function refuseNodes(file: string, document: Document.Parsed, at: (offset: number) => Position): Finding[] {
  const findings: Finding[] = [];
  const refuse = (node: Node | null, told: Pick<Finding, 'code' | 'message' | 'hint'>): void => {
    if (findings.length === MAX_COMPLAINTS) return;
    findings.push({ ...told, severity: 'error', place: { file, ...at(node?.range?.[0] ?? 0) } });
  };
  visit(document, {
    Pair(_, pair) {
      const key = pair.key as Node | null;
      if (key !== null && isScalar(key) && key.value !== null && key.value !== '__proto__' && key.value !== '') return;
      refuse(key, { code: 'yaml/tag', message: 'this cannot be a key', hint: 'Use a plain text as the key.' });
    },
    Scalar(_, node) {
      if (typeof node.value === 'string' && HALF_A_CHARACTER.test(node.value)) refuse(node, halfACharacter(node.value));
    },
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      if (!target || !ancestors.includes(target)) return;
      const message = `the alias *${alias.source} stands inside of what it refers to`;
      refuse(alias, { code: 'yaml/alias', message, hint: 'Write the value out instead of using & and *.' });
    },
  });
  return findings;
}

/** A surrogate without the other: it is no Unicode, so it has no canonical form and no digest. */
const HALF_A_CHARACTER = /\p{Cs}/u;

function halfACharacter(text: string): Pick<Finding, 'code' | 'message' | 'hint'> {
  const shown = visible(HALF_A_CHARACTER.exec(text)![0]);
  return {
    code: 'yaml/encoding',
    message: `expected Unicode text, got ${shown}, which is half of a character`,
    hint: 'Write the character itself, or the escapes of both halves.',
  };
}

function expand(parsed: {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly findings: readonly Finding[];
}): YamlResult {
  const { file, text, document, findings } = parsed;
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { tree: { value, locate: (path, what = 'value') => locateIn(text, path, what) }, findings };
  } catch (error) {
    // The parser throws for aliases that expand too often, refer to themselves or come before their anchor.
    const message = `aliases cannot be expanded: ${(error as Error).message}`;
    const hint = 'Write the values out instead of using & and *.';
    const place = { file, ...nodesOf(text).at(firstAlias(document)) };
    return { tree: null, findings: [...findings, { code: 'yaml/alias', severity: 'error', message, hint, place }] };
  }
}

function firstAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias(_, node) {
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function locateIn(text: string, path: FieldPath, what: 'key' | 'value'): Position {
  const { at, document } = nodesOf(text);
  return at('tooDeepAt' in document ? document.tooDeepAt : offsetOf(document, path, what));
}

/** Follows the path as far as it exists. A collection is shown by its key, since it starts on a line of its own. */
function offsetOf(document: Document.Parsed, path: FieldPath, what: 'key' | 'value'): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const inner: Node | null | undefined = isAlias(node) ? (node.resolve(document) as Node | undefined) : node;
    if (isSeq(inner)) {
      node = (inner.items[step as number] as Node | undefined) ?? null;
      if (node === null) return offset;
      offset = node.range?.[0] ?? offset;
    } else if (isMap(inner)) {
      const pair = inner.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step);
      if (!pair) return offset;
      const key = pair.key as Node;
      node = pair.value as Node | null;
      const showKey = (what === 'key' && depth === path.length - 1) || !isScalar(node) || isEmpty(node);
      offset = (showKey ? key.range?.[0] : node?.range?.[0]) ?? offset;
    } else return offset;
  }
  return offset;
}

function isEmpty(node: Node | null): boolean {
  if (isCollection(node)) return false;
  return !node?.range || node.range[0] === node.range[1];
}

/** Line and column of an offset. The parser's own counter misses the line ends inside of what it cannot read. */
function positions(text: string): (offset: number) => Position {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

function keyAt(text: string, [from, to]: readonly [number, number]): string {
  return /^["']?([^\s"':]*)/.exec(text.slice(from, Math.max(to, from + 80)))?.[1] ?? '';
}
