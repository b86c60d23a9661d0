import type { EnvironmentParity } from './check-environment.js';
import { PARITY_CLASSES } from './classify.js';

/** A table for people: a row a feature, a column a class, and examples of what nobody can explain. */
export function describeParity(report: EnvironmentParity): string {
  const { checked, values, unexplained, logged, withoutFeatures } = report;
  if (checked === 0) return `no answer to recompute: ${logged} are logged, ${withoutFeatures} of them without features`;
  const names = Object.keys(report.features);
  const width = Math.max(...names.map((name) => name.length), 'answers'.length);
  const row = (name: string, cells: readonly (string | number)[]) =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(12))].join(' ');
  const lines = [
    `${checked} of ${logged} logged answers recomputed (${withoutFeatures} have no features), ${values} values: ${unexplained} unexplained`,
    '',
    row('', PARITY_CLASSES),
    row(
      'answers',
      report.classes.map(({ count }) => count),
    ),
    ...names.map((name) =>
      row(
        name,
        PARITY_CLASSES.map((each) => report.features[name]![each]),
      ),
    ),
  ];
  for (const { predictionId, feature, served, asOfT, asOfToken } of report.examples)
    lines.push(
      '',
      `${predictionId}: ${feature} was served as ${served}; as of its token it is ${asOfToken}, as of T ${asOfT}`,
    );
  return lines.join('\n');
}
