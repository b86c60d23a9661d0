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

/** More than this nobody reads: one slip in a generated document makes thousands. Machines get all that there are, some hundreds of a file. */
const SHOWN = { inFile: 20, inAll: 200 } as const;

/**
 * Findings for people, as visible text: one line each that editors and terminals link, what to do next below it, a blank line between files. At most 20 of
 * a file and 200 in all, errors before warnings; what is left out is counted.
 */
export function formatFindings(findings: readonly Finding[]): string {
  const shown = shownFindings(findings);
  const parts: string[] = [];
  const unshown = { files: 0, findings: 0 };
  for (const [file, inFile] of byFile(findings)) {
    const told = inFile.filter((finding) => shown.has(finding));
    if (told.length > 0) parts.push(`${told.map(formatFinding).join('')}${andMore(inFile.length - told.length, file)}`);
    else {
      unshown.files++;
      unshown.findings += inFile.length;
    }
  }
  const elsewhere = unshown.files === 1 ? 'another file' : `${unshown.files} other files`;
  if (unshown.files > 0) parts.push(andMore(unshown.findings, elsewhere));
  if (shown.size < findings.length) parts.push('`signalbox validate --json` lists more.\n');
  return parts.join('\n');
}

function formatFinding({ hint, message, place: { field, ...place }, severity }: Finding): string {
  const line = `${formatPlace(place)}  ${severity}  ${field ? `${field}: ` : ''}${message}`;
  return `${visibleLine(line)}\n${hint ? `${visibleLine(`    ${hint}`)}\n` : ''}`;
}

const andMore = (count: number, where: string): string =>
  count === 0 ? '' : `${visibleLine(`and ${count} more in ${where}`)}\n`;

function shownFindings(findings: readonly Finding[]): ReadonlySet<Finding> {
  const shown = new Set<Finding>();
  const counts = new Map<string, number>();
  for (const severity of ['error', 'warning'] as const) {
    for (const finding of findings.filter((one) => one.severity === severity)) {
      const before = counts.get(finding.place.file) ?? 0;
      if (before === SHOWN.inFile || shown.size === SHOWN.inAll) continue;
      counts.set(finding.place.file, before + 1);
      shown.add(finding);
    }
  }
  return shown;
}

function byFile(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const files = new Map<string, Finding[]>();
  for (const finding of findings) {
    const inFile = files.get(finding.place.file);
    if (inFile === undefined) files.set(finding.place.file, [finding]);
    else inFile.push(finding);
  }
  return files;
}

/** Reading order: by file, then by line and column. */
export function byPlace({ place: a }: Finding, { place: b }: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
