import { digestJson, letsThrough, VerdictKind } from '@signalbox/contracts';
import type { Annotation, Check, NewCheck } from '../forge.js';
import { capMarkdown, MAX_SUMMARY_CHARACTERS } from './markdown.js';

/** What we read of a check run. */
export interface GithubCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly external_id: string | null;
  readonly app: { readonly id: number; readonly slug?: string } | null;
  readonly output: {
    readonly title: string | null;
    readonly summary: string | null;
    readonly annotations_count: number;
  };
}

const KINDS = VerdictKind.anyOf.map((one) => one.const);
/** As many as GitHub takes in one request. */
export const ANNOTATIONS_PER_REQUEST = 50;
const MAX_TITLE_CHARACTERS = 255;
const MAX_MESSAGE_CHARACTERS = 16_000;

/** A check as GitHub is told it, without its annotations. GitHub knows fewer verdicts than we do, so the exact one stands in `external_id`. */
export function checkRunOf(name: string, { annotations, commit, summary, title, verdict }: NewCheck) {
  const content = digestJson({ annotations: annotations ?? [], summary, title, verdict }).replace(/^sha256:/, '');
  return {
    name,
    head_sha: commit,
    status: 'completed',
    conclusion: letsThrough(verdict) ? (verdict === 'pass' ? 'success' : 'neutral') : 'failure',
    external_id: `signalbox:${verdict}:${content.slice(0, 32)}`,
    output: {
      title: shorten(title, MAX_TITLE_CHARACTERS),
      summary: capMarkdown(summary, MAX_SUMMARY_CHARACTERS),
    },
  } as const;
}

export function annotationsOf(annotations: readonly Annotation[]) {
  return annotations.map(({ level, line, message, path, title }) => ({
    path,
    start_line: line,
    end_line: line,
    annotation_level: level,
    title: shorten(title, MAX_TITLE_CHARACTERS),
    message: shorten(message, MAX_MESSAGE_CHARACTERS),
  }));
}

/** A run that is not over, or whose conclusion does not let through, never counts as one that does, whatever else it says. */
export function checkOf({ app, conclusion, external_id: id, head_sha: commit, output, status }: GithubCheckRun): Check {
  const letThrough = status === 'completed' && (conclusion === 'success' || conclusion === 'neutral');
  const told = KINDS.find((kind) => id?.startsWith(`signalbox:${kind}:`));
  const fallback: VerdictKind = status === 'completed' ? 'fail' : 'no-data';
  const verdict = told !== undefined && letsThrough(told) === letThrough ? told : fallback;
  return {
    commit,
    verdict,
    title: output.title ?? '',
    summary: output.summary ?? '',
    by: app?.slug ?? String(app?.id),
  };
}

function shorten(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
