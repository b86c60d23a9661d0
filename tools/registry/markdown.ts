import { code } from '../handover/index.js';

/** Pieces of GitHub-flavoured Markdown. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Detail that is opened by a click. The empty lines make GitHub read what is inside as Markdown. */
export function fold(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>\n`;
}

export interface BarChart {
  readonly title: string;
  readonly axis: string;
  readonly bars: readonly (readonly [name: string, bar: number, line: number | null])[];
}

/** A chart that GitHub draws itself: a bar for each name, and a line through the values that they are held against, where all have one. */
export function barChart({ title, axis, bars }: BarChart): string {
  const lines = bars.map(([, , line]) => line).filter((line) => line !== null);
  const values = [...bars.map(([, bar]) => bar), ...lines];
  // Mermaid needs room around the values: a bar at the very edge is not seen.
  const margin = Math.max(0.02, (Math.max(...values) - Math.min(...values)) / 4);
  const low = Math.max(0, Math.min(...values) - margin);
  return [
    '```mermaid',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis [${bars.map(([name]) => `"${name}"`).join(', ')}]`,
    `  y-axis "${axis}" ${low.toFixed(2)} --> ${(Math.max(...values) + margin).toFixed(2)}`,
    `  bar [${bars.map(([, bar]) => bar.toFixed(4)).join(', ')}]`,
    ...(lines.length === bars.length ? [`  line [${lines.map((line) => line.toFixed(4)).join(', ')}]`] : []),
    '```',
  ].join('\n');
}

/** At most so many names in a sentence, and how many more there are. */
export function named(names: readonly string[], shown: number): string {
  if (names.length === 0) return 'none';
  const listed = names.slice(0, shown).map(code);
  return `${listed.join(', ')}${andMore(names, shown, ' ')}`;
}

export function andMore(all: readonly unknown[], shown: number, before: string): string {
  return all.length <= shown ? '' : `${before}and ${(all.length - shown).toLocaleString('en-US')} more`;
}
