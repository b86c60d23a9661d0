import { letsThrough, type Verdict } from '@signalbox/contracts';
import { count, figure } from '../gates/index.js';
import { inert } from '../handover/index.js';
import { andMore, fold, table } from './markdown.js';

const SIGNS: Readonly<Record<Verdict['verdict'], string>> = {
  pass: '✅ pass',
  warn: '⚠️ warn',
  fail: '❌ fail',
  inconclusive: '❔ inconclusive',
  'no-data': '❔ no data',
  bootstrap: '🌱 first',
  error: '❌ error',
};

/** Lists are cut: GitHub refuses a comment of 65,536 characters. Refusals are kept, and what is left out is counted. */
const SHOWN = { sentences: 30, withRows: 8, gates: 100 } as const;

/** What a reader must know at once: everything that refused, with its rows; then what warned. */
export function toldVerdicts(verdicts: readonly Verdict[]): string {
  const refused = verdicts.filter(({ verdict }) => !letsThrough(verdict));
  const warned = verdicts.filter(({ verdict }) => verdict === 'warn');
  const told = [...refused, ...warned];
  if (told.length === 0) return `All ${verdicts.length} gates let it through.\n`;
  const lines = told.slice(0, SHOWN.sentences).map((verdict, at) => toldVerdict(verdict, at < SHOWN.withRows));
  return `${lines.join('\n')}${andMore(told, SHOWN.sentences, '\n- ')}\n`;
}

function toldVerdict({ id, verdict, sentence, examples = [] }: Verdict, withRows: boolean): string {
  const line = `- ${SIGNS[verdict]} \`${id}\`: ${inert(sentence)}`;
  return withRows ? [line, ...examples.map((example) => `  - ${inert(example)}`)].join('\n') : line;
}

/** Every gate with what it rests on, refusals first. */
export function gateTable(verdicts: readonly Verdict[]): string {
  const refusalsFirst = [...verdicts].sort((a, b) => Number(letsThrough(a.verdict)) - Number(letsThrough(b.verdict)));
  const rows = refusalsFirst
    .slice(0, SHOWN.gates)
    .map(({ id, verdict, value, interval, bound, formula, sampleSize }) => [
      `\`${id}\``,
      SIGNS[verdict],
      value === undefined
        ? ''
        : `${figure(value)}${interval ? ` [${figure(interval[0])}, ${figure(interval[1])}]` : ''}`,
      bound === undefined ? '' : figure(bound),
      inert(formula ?? ''),
      sampleSize === undefined ? '' : count(sampleSize),
    ]);
  const body = table(['gate', 'verdict', 'value', 'bound', 'formula', 'sample'], rows);
  return fold(`All ${count(verdicts.length)} gates`, `${body}${andMore(verdicts, SHOWN.gates, '\n\n')}`);
}
