import { visible } from '@signalbox/contracts';

/** Words that mean nothing to Markdown, HTML or GitHub: letters, digits and marks that are never the start of anything; a colon at the end only. */
const PLAIN = /^[\p{L}\p{N}\p{M}%.,;+–—−…°€$'"()?!/-]*:?$/u;

/** What a list makes something of although each character is harmless. */
const LIST_MARK = /^([-+]+$|\d+[.)]$|[-–—]{2,})/;
/** What GitHub makes a link of, after a parenthesis or a quote as well. */
const LINKED = /(?<![\p{L}\p{N}])(www\.|gh-\d)/iu;

/**
 * A sentence with words of somebody else in it, as Markdown that means nothing but its text: words with a special character become code, where
 * GitHub renders neither HTML nor links, mentions no one and refers to no issue. Unseen characters are written out.
 */
export function inert(text: string): string {
  const shown = visible(text, MAX_SENTENCE);
  const parts = shown.split('`');
  // What stands between single backticks is meant as code, and code it stays.
  const isMeant = parts.length % 2 === 1 && parts.every((part, at) => at % 2 === 0 || part.trim() !== '');
  if (!isMeant) return inertWords(shown);
  return parts.map((part, at) => (at % 2 === 0 ? inertWords(part) : code(part))).join('');
}

function inertWords(text: string): string {
  return text
    .split(' ')
    .map((word) => (isPlain(word) ? word : codeOf(word)))
    .join(' ');
}

/** What ends the sentence, or a parenthesis that began in another word, is not the word's: whoever copies the code gets the word alone. */
function codeOf(word: string): string {
  let end = word.length;
  while (end > 0 && endsBesideWord(word.slice(0, end))) end--;
  const core = word.slice(0, end);
  return isPlain(core) ? code(word) : `${code(core)}${word.slice(end)}`;
}

/** The semicolon of an entity belongs to it. */
function endsBesideWord(text: string): boolean {
  return (
    /(?:[,.!?]|(?<!&[\w#]*);)$/.test(text) || (text.endsWith(')') && text.split(')').length > text.split('(').length)
  );
}

const MAX_SENTENCE = 2_000;

/** A colon between digits is a time of day. */
function isPlain(word: string): boolean {
  const isText = PLAIN.test(word.replace(/(?<=\d):(?=\d)/g, '')) && !word.includes('//');
  return isText && !LIST_MARK.test(word) && !LINKED.test(word);
}

/** Text as code on one line. The fence is longer than any run of backticks in it, as CommonMark asks. */
export function code(text: string): string {
  const shown = visible(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padded = shown.startsWith('`') || shown.endsWith('`') || shown === '' ? ` ${shown} ` : shown;
  return `${fence}${padded}${fence}`;
}

/** Lines as a block of code that cannot end early. */
export function codeBlock(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence].join('\n');
}
