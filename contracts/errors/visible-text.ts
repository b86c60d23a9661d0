/**
 * Characters that a reader does not see, or that change how others are shown: control characters (terminal escapes among them), format characters
 * (right-to-left marks, zero-width ones, tags), line and paragraph separators, unpaired surrogates, private use and unassigned ones, variation
 * selectors, and the fillers that look like nothing. Unicode Technical Report 36 lists how they deceive.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u115F\u1160\u2800\u3164\uFFA0]|\u034F|\u17B4|\u17B5|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]/gu;

/** So much of one text is shown; more says nothing that a reader needs. */
const MAX_SHOWN = 500;

/** A sentence of ours may list names of theirs. */
const MAX_LINE = 4_000;

/** A text of somebody else on one line, with everything unseen written out as `\u{202e}`, and cut where it is long. Safe for a terminal and a log. */
export function visible(text: string, maxCharacters = MAX_SHOWN): string {
  // Cut first: every character may become eight.
  const shown = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return shown.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A line of output with words of somebody else: visible, and no command to GitHub. */
export function visibleLine(line: string, maxCharacters = MAX_LINE): string {
  return withoutCommands(visible(line, maxCharacters));
}

/** Lines of output that GitHub does not obey: it does where one begins with `::`, after spaces too, and at `##[` anywhere. */
export function withoutCommands(lines: string): string {
  return lines.replace(/^((?:[^\S\r\n]|\x85)*):(?=:)/gm, '$1\\u{3a}').replaceAll('##[', '#\\u{23}[');
}

/** Several lines of somebody else, such as the end of a log: each made visible, at most so many, the last ones. */
export function visibleLines(
  text: string,
  { lines, characters }: { readonly lines: number; readonly characters: number },
): string[] {
  const all = text.slice(-lines * characters * 2).split(/\r\n|[\r\n]/);
  while (all.length > 0 && all.at(-1)!.trim() === '') all.pop();
  return all.slice(-lines).map((line) => visible(line.replaceAll('\t', '  '), characters));
}

/** A value of JSON with every text in it made visible. */
export function visibleDeep<T>(value: T): T {
  return mapTexts(value, (text) => visible(text)) as T;
}

/** Whether every text in a value of JSON can be seen as it is, keys included. */
export function isVisible(value: unknown): boolean {
  if (typeof value === 'string') return value.search(UNSEEN) < 0;
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, each]) => key.search(UNSEEN) < 0 && isVisible(each));
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)]));
}
