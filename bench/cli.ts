import { cpus } from 'node:os';
import type { Comparison } from './benchmark.js';
import { BENCHMARKS } from './registry.js';

const USAGE = 'npm run bench -- <name>... [--json]: without a name all benchmarks, one after the other';

/**
 * `npm run bench -- <name>… [--json]`: a table for people, or one JSON object a line for each opponent. Without a name: all of them.
 * Exit code 1 when a goal was missed, 2 for an unknown name.
 */
async function main(argv: readonly string[]): Promise<number> {
  const names = argv.filter((argument) => argument !== '--json');
  const json = names.length < argv.length;
  const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown !== undefined) {
    const asked = ['--help', '-h'].includes(unknown) ? USAGE : `there is no benchmark "${unknown}"`;
    process.stderr.write(`${asked}; there are: ${Object.keys(BENCHMARKS).join(', ')}\n`);
    return asked === USAGE ? 0 : 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const comparisons: Comparison[] = [];
  for (const name of names.length === 0 ? Object.keys(BENCHMARKS) : names) {
    const benchmark = await BENCHMARKS[name]!();
    for (const comparison of await benchmark.run({ progress, signal: stop.signal })) {
      comparisons.push(comparison);
      if (json) process.stdout.write(`${JSON.stringify(comparison)}\n`);
    }
    if (stop.signal.aborted) return 130;
  }
  if (!json) process.stdout.write(tableOf(comparisons));
  return comparisons.every(({ ratio, goal }) => ratio >= goal) ? 0 : 1;
}

function tableOf(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ name, opponent, ratio, goal, ours, theirs, unit }) => [
    name,
    opponent,
    ratio.toFixed(2),
    `${ratio >= goal ? 'met' : 'missed'} (${goal})`,
    `${round(ours)} ${unit}`,
    `${round(theirs)} ${unit}`,
  ]);
  const table = [['benchmark', 'against', 'ratio', 'goal', 'ours', 'theirs'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const [cpu] = cpus();
  return `${lines.join('\n')}\n\nNode ${process.version}, ${cpus().length} x ${cpu?.model ?? 'unknown processor'}\n`;
}

const round = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));

process.exitCode = await main(process.argv.slice(2));
