import { ERROR_CODES, FINDING_CODES } from '@signalbox/contracts';

const EXIT_CODES = {
  1: 'a verdict said no',
  2: 'wrong input',
  3: 'a dependency was not reachable',
} as const;

/** `docs/errors.md`: every code that people can meet. */
export function errorsPage(): string {
  const errors = Object.entries(ERROR_CODES).map(
    ([code, { exit, meaning }]) => `| \`${code}\` | ${exit} (${EXIT_CODES[exit]}) | ${meaning} |`,
  );
  const findings = Object.entries(FINDING_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors and findings

Every error of Signalbox has a code from this table, a message that says what was expected and what came, and most have a hint that says what to do
next. A command prints the code in brackets and ends with the exit code of the row; with \`--json\` it prints
\`{"error": {code, message, hint, retryable, findings}}\`.

## Errors

| code | exit code | meaning |
| --- | --- | --- |
${errors.join('\n')}

Exit code 0 means done, 130 that the command was stopped by Ctrl-C.

## Findings

Something wrong in a document. \`signalbox validate\` reports those of all documents at once, with file, line, column and key: at most 20 of
a file and 200 in all, and every one with \`--json\`.

| code | meaning |
| --- | --- |
${findings.join('\n')}

<!-- Written by \`npm run docs\` from contracts/errors; do not edit. -->
`;
}
