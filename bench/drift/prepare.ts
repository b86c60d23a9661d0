import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileBundle, type Model, parseInstantUs } from '@signalbox/contracts';
import { blobKey, openBlobStore } from '@signalbox/serving/stores';
import { buildDataset } from '@signalbox/tools/dataset';
import { withDuckDb } from '@signalbox/tools/duckdb';
import { readDatasetRows, scoreRows } from '@signalbox/tools/evaluation';
import { ingestSource } from '@signalbox/tools/ingest';
import { train } from '@signalbox/tools/training';
import { loadWorkspace } from '@signalbox/tools/validate';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const MODEL = 'flight-delay';
const UNTIL = '2001-07-03';
/** Of each period. The declared sample serves a quick example; here half of a month must fill four windows of 8,000 rows. */
const SAMPLE_ROWS = 120_000;

/** What a model gets and gives on some rows: the features of `names` in row-major order, and the scores. */
export interface LiveRows {
  readonly names: readonly string[];
  readonly rows: number;
  readonly atUs: Float64Array;
  readonly matrix: Float32Array;
  readonly scores: Float32Array;
}

/** The worked example's model, trained as its model.yaml says but on SAMPLE_ROWS, and what it sees in its training, its evaluation, and June. */
export interface Prepared {
  readonly model: Model;
  readonly training: LiveRows;
  readonly evaluation: LiveRows;
  readonly june: LiveRows;
}

/** Snapshot, datasets and training by the code of the pull-request path; nothing of it is timed. */
export async function prepare(folder: string, signal: AbortSignal): Promise<Prepared> {
  const declared = await loadWorkspace(ROOT);
  const model = withSample(declared.models.get(MODEL)!);
  const workspace = { ...declared, models: new Map(declared.models).set(MODEL, model) };
  const { bundle } = compileBundle(workspace, MODEL);
  const store = openBlobStore(join(folder, 'store'));
  const cacheFolder = join(folder, 'cache');
  const untilUs = parseInstantUs(UNTIL);
  const taken = await ingestSource({ repo: ROOT, workspace, source: 'flights', untilUs, store, cacheFolder });
  const snapshots = new Map([['flights', taken]]);
  const dataset = async ({ from, to }: Model['training']['period']) => {
    const period = { fromUs: parseInstantUs(from), toUs: parseInstantUs(to) };
    const built = await buildDataset({ workspace, model: MODEL, bundle, snapshots, ...period, store, cacheFolder });
    return { ...built, path: await store.localPath(blobKey(built.dataset.file.digest)) };
  };
  const training = await dataset(model.training.period);
  const { run } = await train({
    repo: ROOT,
    name: MODEL,
    model,
    commit: '0'.repeat(40),
    dataset: { record: training.dataset, digest: training.digest, path: training.path },
    features: bundle.order,
    store,
    workFolder: join(folder, 'work'),
    env: process.env,
    signal,
    wallNow: Date.now,
  });
  const { input, output } = model.serving;
  const modelPath = await store.localPath(blobKey(run.onnx.digest));
  const spec = { modelPath, input, output, features: bundle.order.length };
  const live = (path: string) => readLive(path, bundle.order, (matrix) => scoreRows(spec, matrix));
  return {
    model,
    training: await live(training.path),
    evaluation: await live((await dataset(model.evaluation.period)).path),
    june: await live((await dataset({ from: '2001-06-01', to: '2001-07-01' })).path),
  };
}

function withSample(model: Model): Model {
  const { label } = model;
  return { ...model, label: { ...label, sample: { ...label.sample, rows: SAMPLE_ROWS } } };
}

async function readLive(
  path: string,
  names: readonly string[],
  score: (matrix: Float32Array) => Promise<Float64Array>,
): Promise<LiveRows> {
  const { matrix } = await readDatasetRows({ path, features: names, slices: [], variables: {} });
  const [at] = await withDuckDb({}, (database) =>
    database.columns(`SELECT at_us::DOUBLE FROM read_parquet('${path}')`),
  );
  const atUs = Float64Array.from(at as readonly number[]);
  return { names, rows: atUs.length, atUs, matrix, scores: Float32Array.from(await score(matrix)) };
}
