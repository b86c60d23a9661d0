import { formatPlace, type VersionRecord } from '@signalbox/contracts';
import type { NewCheck } from '../../forge/index.js';
import { code, inert } from '../../handover/index.js';
import { type CommitPlan, GATES_CHECK, planMarkdown } from '../../release/index.js';

/** What came of one model of a pull request, or of something that must not be in it. */
export type Outcome =
  | {
      readonly kind: 'recorded';
      readonly model: string;
      readonly version: number;
      readonly report: string;
      readonly record: VersionRecord;
    }
  | { readonly kind: 'refused'; readonly model: string; readonly version: number; readonly report: string }
  /** The main branch has this number since, for another package: whoever merged first has it. */
  | { readonly kind: 'taken'; readonly model: string; readonly version: number }
  | { readonly kind: 'missing'; readonly model: string }
  /** The main branch changed the same places: nothing can be merged, so nothing was planned or judged. */
  | { readonly kind: 'conflict'; readonly model: null; readonly sentence: string }
  | { readonly kind: 'untrusted'; readonly model: string | null; readonly sentence: string };

export interface Statement {
  /** Null where it conflicts with the main branch. */
  readonly plan: CommitPlan | null;
  readonly outcomes: readonly Outcome[];
  /** The pull request that holds the same commits and their record. */
  readonly mergeInstead?: number;
}

export { GATES_CHECK };

/** GitHub refuses a comment of 65,536 characters, and so it does a check's summary. */
const MAX_CHARACTERS = 65_535;

/** Whether nothing stands against merging: every candidate earned its record, and every document that it has to do with can be read. */
export function letsMerge({ plan, outcomes }: Statement): boolean {
  return plan !== null && plan.findings.length === 0 && outcomes.every(({ kind }) => kind === 'recorded');
}

/** The one comment: what merging does, then what the gates found. */
export function commentOf({ mergeInstead, plan, outcomes }: Statement): string {
  const instead =
    mergeInstead === undefined
      ? []
      : [`> Merge #${mergeInstead} instead: it is these commits with their version record.\n`];
  const merging =
    plan === null ? [] : [`## What merging this does\n\n${planMarkdown(plan.plan)}`, ...brokenDocuments(plan)];
  return cut([...instead, ...merging, ...outcomes.map(sectionOf)].join('\n'));
}

/** Lists are cut; the job that validates shows all of them at their lines. */
const SHOWN_FINDINGS = 20;

function brokenDocuments({ findings, standingFindings }: CommitPlan): readonly string[] {
  const standing = 'Documents of the main branch are wrong, and this leaves them as they are';
  return [...listed('❌ Documents are wrong', findings), ...listed(standing, standingFindings)];
}

function listed(title: string, findings: CommitPlan['findings']): readonly string[] {
  if (findings.length === 0) return [];
  const lines = findings
    .slice(0, SHOWN_FINDINGS)
    .map(({ message, place }) => `- ${code(formatPlace(place))}: ${inert(message)}`);
  return [`## ${title}\n\n${lines.join('\n')}\n`];
}

/** The one check. */
export function checkOf(statement: Statement): Pick<NewCheck, 'verdict' | 'title' | 'summary'> {
  const { outcomes } = statement;
  const summary = commentOf(statement);
  if (outcomes.some(({ kind }) => kind === 'untrusted' || kind === 'missing')) {
    return { verdict: 'error', title: 'It could not be judged', summary };
  }
  const { mergeInstead } = statement;
  if (mergeInstead !== undefined && letsMerge(statement)) {
    return { verdict: 'fail', title: `Merge pull request #${mergeInstead} instead`, summary };
  }
  if (outcomes.some(({ kind }) => kind === 'taken')) {
    return { verdict: 'fail', title: 'Its version number is taken: rebase and propose again', summary };
  }
  if (statement.plan === null) return { verdict: 'fail', title: 'It conflicts with the main branch', summary };
  if (statement.plan.findings.length > 0) return { verdict: 'fail', title: 'Documents are wrong', summary };
  if (!letsMerge(statement)) return { verdict: 'fail', title: 'The gates refuse it', summary };
  return {
    verdict: 'pass',
    title: outcomes.length === 0 ? 'Nothing is to be judged' : 'The gates let it through',
    summary,
  };
}

function sectionOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'recorded':
    case 'refused':
      return outcome.report;
    case 'taken':
      return `## ❌ ${outcome.model}: version ${outcome.version} is another one on the main branch by now\n\nIt was judged as version ${outcome.version}, and another pull request with that number was merged first. Rebase this branch onto the main branch and propose again (\`signalbox propose ${outcome.model}\`): it is judged anew, against what is live then, and gets the next number.\n`;
    case 'missing':
      return `## ❌ ${outcome.model}: no verdict\n\nThe commit changes it, and no judge said what it is worth. Look at the job that trains or judges it.\n`;
    case 'conflict':
      return `## ❌ This cannot be merged\n\n${inert(outcome.sentence)}\n`;
    case 'untrusted':
      return `## ❌ ${outcome.model ?? 'This pull request'} is not taken\n\n${inert(outcome.sentence)}\n`;
  }
}

const CUT = '\n\n… cut here: it is longer than a comment may be.';

function cut(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - CUT.length)}${CUT}`;
}
