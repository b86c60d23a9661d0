import {
  compileBundle,
  type FeatureBundle,
  type FeatureToken,
  formatInstant,
  parseInstantUs,
} from '@signalbox/contracts';
import { OnlineFeatureReader } from '@signalbox/serving/features';
import { blobKey, openOnlineStore } from '@signalbox/serving/stores';
import { featureQuestion, historicalFeatures, parseAssignments, takeSnapshots } from '../../dataset/index.js';
import { environmentNamed, storeAddresses } from '../../features/index.js';
import type { CommandDefinition } from '../command.js';
import { type DataContext, openData, STORE_OPTION } from '../data-options.js';

type Question = ReturnType<typeof featureQuestion> & { readonly atUs: number };

export const featuresCommand: CommandDefinition = {
  name: 'features',
  summary: 'Read the features of a model as of a time, offline or from the online store',
  example:
    'signalbox features flight-delay --at 2001-03-05T17:00:00Z --keys origin=ATL,destination=ORD --request distance=606',
  arguments: [{ name: '<model>', description: 'a folder under models/' }],
  options: [
    { flags: '--at <time>', description: 'the time of the request, such as 2001-03-05T17:00:00Z', required: true },
    { flags: '--keys <values>', description: 'entity keys: origin=ATL,destination=ORD', default: '' },
    { flags: '--request <values>', description: 'request inputs: distance=606', default: '' },
    { flags: '--online', description: 'also read the online store, and show both' },
    { ...STORE_OPTION, description: 'the environment whose stores are read' },
  ],
  async run(args, options, context) {
    const data = await openData(options.env, context);
    const { bundle } = compileBundle(data.workspace, args[0]!);
    const named = { keys: parseAssignments(String(options.keys)), inputs: parseAssignments(String(options.request)) };
    const question = { ...featureQuestion(bundle, named), atUs: parseInstantUs(String(options.at)) };
    const offline = await readOffline(data, bundle, question);
    const online =
      options.online === true ? await readOnline(data, bundle, { question, environment: String(options.env) }) : null;
    const rows = bundle.order.map((name, index) => ({
      name,
      offline: orNull(offline[index]),
      ...(online ? { online: orNull(online.values[index]), status: online.statuses[index]! } : {}),
    }));
    const at = String(options.at);
    if (online === null) return { text: table(rows), json: { at, features: rows } };
    const view = onlineView(question.atUs, online.token);
    const { token } = online;
    return { text: `${table(rows)}\n${view.note}`, json: { at, features: rows, token, online: view } };
  },
};

/**
 * As of when the online values are. The store holds no past: where it has read beyond T, its values are later than the offline ones, and may
 * differ from them without any skew.
 */
export function onlineView(atUs: number, token: FeatureToken) {
  const [asked, asOf] = [formatInstant(atUs), formatInstant(token.atUs)];
  const beyond = token.atUs > atUs;
  const note = beyond
    ? `The online store has read events until ${asOf} and cannot look back to ${asked}: online values are as of ${asOf}`
    : `The online store has read nothing later than ${asked} for these keys: online values are as of ${asOf}`;
  return { asOf, readBeyondAt: beyond, note };
}

const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

async function readOffline(data: DataContext, bundle: FeatureBundle, question: Question): Promise<Float64Array> {
  const { signal } = data;
  const snapshots = await takeSnapshots({ ...data, untilUs: question.atUs }, { bundle });
  const events = new Map<string, { files: string[] }>();
  for (const [source, { snapshot }] of snapshots) {
    events.set(source, {
      files: await Promise.all(snapshot.files.map(({ digest }) => data.store.localPath(blobKey(digest)))),
    });
  }
  const [values] = await historicalFeatures({ bundle, requests: [question], events, signal });
  return values!;
}

async function readOnline(
  { repo, workspace }: DataContext,
  bundle: FeatureBundle,
  { question, environment }: { readonly question: Question; readonly environment: string },
) {
  const addresses = storeAddresses(repo, environmentNamed(workspace, environment).environment);
  const store = openOnlineStore(addresses.online, { readOnly: true });
  try {
    return await new OnlineFeatureReader(bundle, store).read(question);
  } finally {
    await store.close();
  }
}

function table(
  rows: readonly { name: string; offline: number | null; online?: number | null; status?: string }[],
): string {
  const show = (value: number | null | undefined): string =>
    value === undefined ? '' : value === null ? 'NULL' : String(Number(value.toPrecision(7)));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const online = rows.some((row) => row.online !== undefined);
  const heading = `${'feature'.padEnd(width)}  ${'offline'.padStart(14)}${online ? `  ${'online'.padStart(14)}  status` : ''}`;
  return [
    heading,
    ...rows.map((row) => {
      const right = online ? `  ${show(row.online).padStart(14)}  ${row.status}` : '';
      return `${row.name.padEnd(width)}  ${show(row.offline).padStart(14)}${right}`;
    }),
  ].join('\n');
}
