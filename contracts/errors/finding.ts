import type { FindingCode } from './finding-codes.js';
import { visibleLine } from './visible-text.js';

/** Where in a document something was found. Lines and columns start at 1; `field` is a path such as `data.path`. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
}

/** One thing that is wrong with an input: what was expected, what came, where, and what to do next. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly place: Place;
  readonly hint?: string;
}

/** `file:line:column` as far as known, the form that editors and terminals link; visible text, since files and fields have names of others. */
export function formatPlace(place: Place): string {
  const position =
    place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`;
  return visibleLine(`${place.file}${position}${place.field ? ` (${place.field})` : ''}`);
}

/** Findings for people, as visible text: one line each that editors and terminals link, what to do next below it, a blank line between files. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map((finding, at) => {
      const { field, ...place } = finding.place;
      const before = findings[at - 1];
      const gap = before && before.place.file !== place.file ? '\n' : '';
      const line = `${formatPlace(place)}  ${finding.severity}  ${field ? `${field}: ` : ''}${finding.message}`;
      return `${gap}${visibleLine(line)}\n${finding.hint ? `${visibleLine(`    ${finding.hint}`)}\n` : ''}`;
    })
    .join('');
}

/** Reading order: by file, then by line and column. */
export function byPlace({ place: a }: Finding, { place: b }: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
