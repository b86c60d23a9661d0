import type { Verdict, VerdictKind } from '@signalbox/contracts';
import { type Html, html, trusted } from '../html.js';
import { count, figureWords } from '../words.js';

/** Verdicts in their own words, those that stop something first, with the numbers that they rest on and rows that show it. */
export function verdictList(verdicts: readonly Verdict[]): Html {
  const line = (one: Verdict): Html =>
    html`<li>${badge(one)} <code>${one.id}</code> <div>${one.sentence}${numbers(one)}${examplesOf(one)}</div></li>`;
  return html`<ul class="verdicts">${ordered(verdicts).map(line)}</ul>`;
}

/** The same in less room: the words alone, and the numbers only of what did not pass. */
export function verdictNotes(verdicts: readonly Verdict[]): Html {
  const line = (one: Verdict): Html =>
    html`<li>${badge(one)} <div>${one.sentence}${toneOf(one.verdict) === 'good' ? '' : numbers(one)}</div></li>`;
  return html`<ul class="verdicts notes">${ordered(verdicts).map(line)}</ul>`;
}

function ordered(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...verdicts].sort((a, b) => URGENCY[toneOf(a.verdict)] - URGENCY[toneOf(b.verdict)]);
}

type Tone = 'bad' | 'open' | 'warn' | 'good';

const URGENCY: Readonly<Record<Tone, number>> = { bad: 0, open: 1, warn: 2, good: 3 };

function toneOf(kind: VerdictKind): Tone {
  switch (kind) {
    case 'fail':
    case 'error':
      return 'bad';
    case 'inconclusive':
    case 'no-data':
      return 'open';
    case 'warn':
      return 'warn';
    case 'pass':
    case 'bootstrap':
      return 'good';
  }
}

function badge({ id, verdict }: Verdict): Html {
  return html`<span class="verdict ${toneOf(verdict)}" title="${id}">${verdict}</span>`;
}

function numbers(verdict: Verdict): Html | '' {
  const said = numbersOf(verdict);
  return said.length === 0 ? '' : html`<small class="numbers">${said.join(' · ')}</small>`;
}

function numbersOf({ bound, formula, interval, sampleSize, value }: Verdict): readonly string[] {
  const numbers: string[] = [];
  if (value !== undefined) numbers.push(`measured ${figureWords(value)}`);
  if (interval !== undefined) numbers.push(`between ${figureWords(interval[0])} and ${figureWords(interval[1])}`);
  if (bound !== undefined) numbers.push(`bound ${figureWords(bound)}`);
  if (sampleSize !== undefined) numbers.push(`n = ${count(sampleSize)}`);
  return formula === undefined ? numbers : [...numbers, formula];
}

/** Open where the rows are the reason. */
function examplesOf({ examples = [], feature, verdict }: Verdict): Html | string {
  if (examples.length === 0) return '';
  const what = feature === undefined ? 'Rows that show it' : `Rows that show it in ${feature}`;
  const open = toneOf(verdict) === 'bad' ? trusted(' open') : '';
  return html`<details${open}><summary>${what} (${examples.length})</summary><ul class="examples">${examples.map((row) => html`<li>${row}</li>`)}</ul></details>`;
}
