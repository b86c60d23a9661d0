import { binCount, type ModelSignature, type ReferenceDistribution, type ReferenceProfile } from '@signalbox/contracts';

/** Null when a profile belongs to the signature and can be counted in; else what is wrong. Pods size their counters by it. */
export function profileProblem(profile: ReferenceProfile, { model, features }: ModelSignature): string | null {
  if (profile.model !== model) return `profile.json is of the model ${profile.model}, signature.json of ${model}`;
  if (!Array.isArray(profile.features) || profile.features.map(({ name }) => name).join() !== features.join()) {
    return 'profile.json and signature.json name different features';
  }
  for (const feature of profile.features) {
    const problem = distributionProblem(feature, profile.featureRows);
    if (problem !== null) return `profile.json, ${feature.name}: ${problem}`;
  }
  const problem = distributionProblem(profile.score, profile.scoreRows);
  if (problem !== null) return `profile.json, score: ${problem}`;
  return windowsFit(profile) ? null : 'profile.json: its windows count in other bins than the reference';
}

function windowsFit({ features, score, windows }: ReferenceProfile): boolean {
  const all = [...features, score];
  const counted = [...(windows?.features ?? []), windows?.score];
  return counted.length === all.length && all.every(({ bins }, at) => areCounts(counted[at], binCount(bins)));
}

function areCounts(windows: unknown, bins: number): boolean {
  const isWhole = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  const areOf = (counts: unknown) => Array.isArray(counts) && counts.length === bins && counts.every(isWhole);
  return Array.isArray(windows) && windows.every(areOf);
}

/** More bins than this are no summary, and would make every pod count in vain. */
const MAX_BINS = 100;

function distributionProblem({ bins, counts }: ReferenceDistribution, rows: number): string | null {
  const marks = bins.kind === 'ranges' ? bins.edges : bins.values;
  if (bins.kind === 'ranges' && marks.length < 2) return 'ranges need two edges';
  if (marks.length > MAX_BINS) return `more than ${MAX_BINS} bins`;
  if (!marks.every((mark, at) => isFloat32(mark) && (at === 0 || mark > marks[at - 1]!))) {
    return 'its bins are not rising float32 numbers';
  }
  if (counts.length !== binCount(bins)) return `${counts.length} counts for ${binCount(bins)} bins`;
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return 'its counts are not whole numbers';
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum === rows ? null : `its counts add to ${sum}, not to ${rows} rows`;
}

function isFloat32(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && Math.fround(value) === value;
}
