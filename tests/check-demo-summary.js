// Checks what a demo run wrote with --summary. Usage: node tests/check-demo-summary.js <summary.json>
import { readFileSync } from 'node:fs';

const summary = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const versions = summary.versions.filter((version) => version.model === 'flight-delay');
const outcome = (number) => versions.find((version) => version.version === number)?.outcome;

const checks = [
  ['at least 10,000 requests were served', summary.requests >= 10_000],
  ['no request went without a useful answer', summary.failed === 0],
  ['degraded answers are counted apart', Number.isInteger(summary.degraded)],
  ['the demo took well under 90 seconds', summary.wallSeconds < 90],
  ['there are three acts, each timed', summary.acts.length >= 3 && summary.acts.every((act) => act.seconds > 0)],
  ['version 1 is live again after the revert', outcome(1) === 'live'],
  ['version 2 was rolled back', outcome(2) === 'rolled-back'],
  [
    'the rollback stayed within the allowance',
    summary.rollbackSeconds > 0 && summary.rollbackSeconds <= summary.rollbackAllowedSeconds,
  ],
  ['more than 1,000 answers were recomputed offline', summary.parity.checked > 1_000],
  ['no difference between online and offline is unexplained', summary.parity.unexplained === 0],
  ['two pods served', summary.pods.length === 2],
  ['a report was written', typeof summary.report === 'string' && readFileSync(summary.report, 'utf8').includes('<svg')],
];

const failed = checks.filter(([, holds]) => !holds);
for (const [sentence, holds] of checks) console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`);
if (failed.length > 0) {
  console.error(`the demo summary fails ${failed.length} of ${checks.length} checks`);
  process.exit(1);
}
console.log(
  `demo summary: ${checks.length} checks passed, ${summary.requests} requests, ${summary.wallSeconds.toFixed(1)} s`,
);
