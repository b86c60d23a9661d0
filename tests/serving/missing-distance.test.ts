import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boost, predict } from '../../models/flight-delay/boost.js';
import { toOnnx } from '../../models/flight-delay/onnx.js';
import { seededRandom } from '../../models/flight-delay/random.js';
import type { Dataset } from '../../models/flight-delay/read-dataset.js';
import { ApiFixture, REQUEST } from '../support/api-fixture.js';
import { BUNDLE_1 } from '../support/serving-world.js';

const WIDTH = BUNDLE_1.order.length;
const OPTIONS = { trees: 5, depth: 3, learningRate: 0.3, rowShare: 1, minLeafRows: 5, seed: 1 };

/** The first view's features are in every row, as a distance is in every training row; the others are missing in some. */
function trainingRows(): Dataset {
  const random = seededRandom(9);
  const rows = 400;
  const isRequest = (column: number) => BUNDLE_1.order[column]!.startsWith('flight_request.');
  const columns = BUNDLE_1.order.map((_, column) =>
    Float32Array.from({ length: rows }, () => (!isRequest(column) && random() < 0.3 ? Number.NaN : random() * 20)),
  );
  return { rows, columns, labels: Uint8Array.from(columns[0]!, (value) => (random() * 20 < value ? 1 : 0)) };
}

describe('a request without a distance', () => {
  let api: ApiFixture;
  beforeEach(async () => {
    api = await ApiFixture.create();
  });
  afterEach(() => api.close());

  async function versionWith(version: number, base: 'rate' | 'linear') {
    const model = boost(trainingRows(), { ...OPTIONS, base });
    const golden = new Array<number>(WIDTH).fill(3);
    return api.world.addPackage({
      version,
      onnx: toOnnx(model, { input: 'features', output: 'score', features: WIDTH }),
      golden: { rows: [golden], scores: [predict(model, golden)] },
    });
  }

  it('is answered by trees, and by the champion for a candidate whose linear base has no score for it', async () => {
    const [v1, v2] = [await versionWith(1, 'rate'), await versionWith(2, 'linear')];
    await api.serve([v1, v2], { candidate: 2, candidateBuckets: 10_000 });
    expect((await api.predict(REQUEST)).body).toMatchObject({ version: 2, degraded: null });
    const { body, status } = await api.predict({ ...REQUEST, request: { distance: null } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: 1, prediction: expect.any(Number) });
    const cells = api.counted();
    expect(cells.find(({ route }) => route === 'candidate')).toMatchObject({ asked: 2, failed: { 'not-finite': 1 } });
    expect(cells.find(({ route }) => route === 'fallback')).toMatchObject({ version: 1, asked: 1, failed: {} });
  });
});
