import { SignalboxError, type Workspace } from '@signalbox/contracts';
import { type MaterializerProgress, materialize } from '@signalbox/serving/materializer';
import {
  type AppendResult,
  appendToEnvironment,
  type BackfilledView,
  backfillVersions,
  environmentNamed,
  parseVersionName,
  releasedVersions,
  storeAddresses,
} from '../../features/index.js';
import { tellFindings, validateFolder } from '../../validate/index.js';
import type { CommandDefinition, CommandResult } from '../command.js';

export const materializeCommand: CommandDefinition = {
  name: 'materialize',
  summary: 'Keep the online feature store as fresh as the event log',
  example: 'signalbox materialize --env prod --backfill flight-delay@1 --once',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    {
      flags: '--backfill [model@version]',
      description: 'First fill the views of this version (default: of all released ones) from its snapshot',
    },
    { flags: '--again', description: 'With --backfill: also views that the store already holds' },
    {
      flags: '--append <file>',
      description: 'First append the rows of a file to the event log, read as its source says',
    },
    { flags: '--source <name>', description: 'With --append: the source (default: the only one)' },
    { flags: '--once', description: 'Stop when all of the log is read' },
    { flags: '--watch', description: 'Keep following the log (the default without --backfill)' },
  ],
  async run(_args, options, context) {
    if (options.once === true && options.watch === true)
      throw new SignalboxError('input/bad-argument', '--once and --watch exclude each other');
    const { findings, workspace } = await validateFolder(context.repo);
    const environment = String(options.env);
    const stores = storeAddresses(context.repo, environmentNamed(workspace, environment, findings).environment);
    tellFindings(findings, context.progress);
    if (typeof options.append === 'string') {
      const source = typeof options.source === 'string' ? options.source : onlySource(workspace);
      const request = { ...context, workspace, environment, source, path: options.append };
      context.progress(describeAppend(source, await appendToEnvironment(request)));
    }
    let filled: readonly BackfilledView[] | null = null;
    if (options.backfill) {
      const versions =
        typeof options.backfill === 'string'
          ? [parseVersionName(options.backfill)]
          : releasedVersions(workspace, environment);
      const onView = (view: BackfilledView) => context.progress(describeBackfill(view));
      const again = options.again === true;
      filled = await backfillVersions({ ...context, workspace, environment, versions, again, onView });
    }
    const follow = options.once === true || options.watch === true || filled === null;
    if (!follow) return answer(filled, null);
    const once = options.once === true;
    const onProgress = atMostOnceASecond((progress) => context.progress(describeProgress(progress)));
    return answer(filled, await materialize({ ...stores, once, signal: context.signal, onProgress }));
  },
};

function onlySource({ sources }: Workspace): string {
  const [name, ...others] = sources.keys();
  if (name !== undefined && others.length === 0) return name;
  throw new SignalboxError('input/bad-argument', `--append needs --source: there are ${sources.size} sources`);
}

function describeAppend(source: string, { appended, refused, past }: AppendResult): string {
  const left = [refused > 0 ? `${refused} are malformed` : '', past > 0 ? `${past} lie before the end of the log` : ''];
  const out = left.filter(Boolean).join(', ');
  return `${source}: ${appended} events appended${out === '' ? '' : `; left out: ${out}`}`;
}

/** A follower reads many small batches a second, and nobody reads as many lines. */
function atMostOnceASecond(tell: (progress: MaterializerProgress) => void): (progress: MaterializerProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    tell(progress);
  };
}

function describeBackfill({ view, entities, kept, asOfUs }: BackfilledView): string {
  const asOf = new Date(asOfUs / 1000).toISOString();
  return kept ? `${view}: the online store holds it already` : `${view}: ${entities} entities, as of ${asOf}`;
}

function describeProgress({ views, consumed, late, malformed }: MaterializerProgress): string {
  const behind = Math.max(0, ...views.map((view) => view.behind));
  const refused = late + malformed > 0 ? `, ${late} late and ${malformed} malformed ones put aside` : '';
  return `${consumed} events read for ${views.length} views, ${behind} behind${refused}`;
}

/** The lines of progress named each view and round; the answer sums up. */
function answer(filled: readonly BackfilledView[] | null, progress: MaterializerProgress | null): CommandResult {
  const lines = [...(filled ? [describeFilled(filled)] : []), ...(progress ? [describeProgress(progress)] : [])];
  return {
    text: lines.join('\n'),
    json: { filled, progress },
  };
}

function describeFilled(filled: readonly BackfilledView[]): string {
  if (filled.length === 0) return 'no release names a version yet, so there is nothing to fill';
  const now = filled.filter((view) => !view.kept).length;
  return `${filled.length} feature views are in the online store, ${now} of them filled now`;
}
