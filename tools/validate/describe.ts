import { type DocumentKind, formatFindings, type ParsedWorkspace } from '@signalbox/contracts';

const NAMES: Readonly<Record<DocumentKind, readonly [one: string, many: string]>> = {
  source: ['source', 'sources'],
  entity: ['entity', 'entities'],
  'feature-view': ['feature view', 'feature views'],
  model: ['model', 'models'],
  'version-record': ['version record', 'version records'],
  environment: ['environment', 'environments'],
  hold: ['hold', 'holds'],
  freeze: ['freeze', 'freezes'],
  confirmation: ['confirmation', 'confirmations'],
  metric: ['metric', 'metrics'],
  strategy: ['strategy', 'strategies'],
  policy: ['policy', 'policies'],
  release: ['release', 'releases'],
};

/** What a repository without errors holds, in sentences, its warnings first. */
export function describeWorkspace({ findings, counts, workspace }: ParsedWorkspace): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kinds = (Object.keys(counts) as DocumentKind[]).filter((kind) => counts[kind] > 0);
  const parts = kinds.map((kind) => `${counts[kind]} ${NAMES[kind][counts[kind] === 1 ? 0 : 1]}`);
  const warnings = findings.length > 0 ? `${formatFindings(findings)}\n` : '';
  if (total === 0) return `${warnings}No documents yet.\n`;
  const releases = [...workspace.environments].flatMap(([environment, { releases }]) =>
    [...releases].map(([model, release]) => `${environment} wants version ${release.version} of ${model}.\n`),
  );
  const all = total === 1 ? 'The one document is valid' : `All ${total} documents are valid`;
  return `${warnings}${all}: ${parts.join(', ')}.\n${releases.join('')}`;
}
