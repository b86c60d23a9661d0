import {
  compileBundle,
  parseInstantUs,
  SignalboxError,
  type SnapshotRecord,
  type Workspace,
} from '@signalbox/contracts';
import { ingestSource } from '../../ingest/index.js';
import type { CommandDefinition } from '../command.js';
import { openData, STORE_OPTION } from '../data-options.js';

export const ingestCommand: CommandDefinition = {
  name: 'ingest',
  summary: 'Check a source and take a snapshot of what could be known by a time',
  example: 'signalbox ingest flights --until 2001-04-01',
  arguments: [{ name: '[source]', description: 'a source under features/sources/ (default: all of them)' }],
  options: [
    { flags: '--until <time>', description: 'only what was observed by then, such as 2001-04-01 (default: now)' },
    { flags: '--for <model>', description: 'what this model reads, until the end of its evaluation' },
    STORE_OPTION,
  ],
  async run(args, options, context) {
    const data = await openData(options.env, context);
    const wish =
      typeof options.for === 'string' ? whatModelReads(data.workspace, options.for) : { until: null, sources: null };
    const until = typeof options.until === 'string' ? options.until : wish.until;
    const untilUs = until === null ? context.wallNow() * 1000 : parseInstantUs(until);
    const sources = args[0] === undefined ? (wish.sources ?? [...data.workspace.sources.keys()]) : [args[0]];
    const taken = [];
    for (const source of sources) {
      context.progress(`reading ${source}`);
      const { snapshot, digest, cached } = await ingestSource({ ...data, source, untilUs });
      taken.push({ digest, cached, ...snapshot });
    }
    return { text: taken.map(describe).join('\n\n'), json: taken };
  },
};

function whatModelReads(workspace: Workspace, name: string) {
  const model = workspace.models.get(name);
  if (!model) {
    throw new SignalboxError('input/unknown-reference', `there is no model "${name}"`, {
      hint: `There are: ${[...workspace.models.keys()].sort().join(', ')}.`,
    });
  }
  const { bundle } = compileBundle(workspace, name);
  const read = bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : []));
  return { until: model.evaluation.period.to, sources: [...new Set([model.label.source, ...read])] };
}

function describe({
  digest,
  cached,
  source,
  rows,
  files,
  checks,
  quarantine,
}: SnapshotRecord & { digest: string; cached: boolean }): string {
  const told = checks.filter(({ verdict }) => verdict !== 'pass').map(({ id, sentence }) => `  ${id}: ${sentence}`);
  const passed = checks.length - told.length;
  return [
    `${source}: ${rows} rows in ${files.length} months${cached ? ' (nothing had changed)' : ''}, snapshot ${digest.slice(0, 19)}`,
    `  ${passed} of ${checks.length} checks passed${told.length > 0 ? '; to look at:' : ''}`,
    ...told,
    ...(quarantine?.sample ?? []).map((row) => `  in quarantine: ${JSON.stringify(row)}`),
  ].join('\n');
}
