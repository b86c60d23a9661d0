import { SignalboxError } from '@signalbox/contracts';

/** GitHub's longest comment and body of a pull request. */
export const MAX_BODY_CHARACTERS = 65_536;
/** The longest summary of a check. */
export const MAX_SUMMARY_CHARACTERS = 65_535;

const CUT = '\n\n**Cut here:** GitHub takes no longer text. The whole one is in the log of the run.';

/**
 * Markdown within a limit: cut at the end of a line, a code block that was open closed, and with a sentence that says so. What is cut must
 * not pass for the end.
 */
export function capMarkdown(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const longestClosing =
    1 + Math.max(3, ...[...text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)].map((found) => found[1]!.length));
  const head = text.slice(0, maxCharacters - CUT.length - longestClosing);
  const lineEnd = head.lastIndexOf('\n');
  // A text of one line is cut within it, but never within a character that takes two units.
  const kept = lineEnd > 0 ? head.slice(0, lineEnd) : head.replace(/[\uD800-\uDBFF]$/, '');
  const fence = openFence(kept);
  return `${kept}${fence === null ? '' : `\n${fence}`}${CUT}`;
}

/** What would close the code block that a text ends in, or null. */
function openFence(text: string): string | null {
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const [, fence, rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === undefined) continue;
    if (open === null) open = fence;
    else if (fence[0] === open[0] && fence.length >= open.length && rest.trim() === '') open = null;
  }
  return open;
}

/** The first line of a comment of ours: nobody sees it, and the next run finds the comment by it. */
const MARKER_LINE = /^<!-- signalbox:(?<kind>marker|once)=(?<value>[\w./-]+) -->(?:\n|$)/;

export type Mark = { readonly kind: 'marker' | 'once'; readonly value: string };

/** A comment as GitHub gets it. Errors: `internal/bug` for a marker that could end its line early. */
export function markComment(body: string, { kind, value }: Mark): string {
  const line = `<!-- signalbox:${kind}=${value} -->\n`;
  if (!MARKER_LINE.test(line)) throw new SignalboxError('internal/bug', `"${value}" cannot mark a comment`);
  return line + capMarkdown(body, MAX_BODY_CHARACTERS - line.length);
}

export function readMark(text: string): { readonly mark: Mark | null; readonly body: string } {
  // GitHub gives line breaks back as they came, and browsers send both characters.
  const found = MARKER_LINE.exec(text.replace(/^([^\n]*)\r\n/, '$1\n'));
  if (!found) return { mark: null, body: text };
  const { kind, value } = found.groups as { kind: Mark['kind']; value: string };
  return { mark: { kind, value }, body: text.slice(text.indexOf('-->') + 3).replace(/^\r?\n/, '') };
}
