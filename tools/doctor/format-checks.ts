import type { Check } from './check.js';

const MARK = { ok: '✓', missing: '✗', optional: '○' } as const;

/** One line a check, what to do under it, and a sentence that sums up. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.flatMap((check) => [
    `${MARK[check.state]} ${check.name.padEnd(width)}  ${check.found}`,
    ...(check.state !== 'ok' && check.fix ? [`  ${' '.repeat(width)}  → ${check.fix}`] : []),
  ]);
  const missing = checks.filter((check) => check.state === 'missing').length;
  lines.push(
    '',
    missing === 0 ? 'Everything that is needed is here.' : `${missing} of ${checks.length} need attention.`,
  );
  return lines.join('\n');
}
