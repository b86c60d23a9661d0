import { describe, expect, it } from 'vitest';
import { sampleRepository } from '../../tests/support/sample-repository.js';
import { parseDocument } from './parse-document.js';
import type { AnyDocumentKind } from './validate-value.js';

const files = sampleRepository();
const SAMPLES = {
  source: files.get('features/sources/payments.yaml')!,
  entity: files.get('features/entities/card.yaml')!,
  aggregate: files.get('features/views/card_spend.yaml')!,
  request: files.get('features/views/payment_request.yaml')!,
  model: files.get('models/card-fraud/model.yaml')!,
  'version-record': files.get('models/card-fraud/versions/2.yaml')!,
  environment: files.get('releases/prod/environment.yaml')!,
  hold: [...files].find(([path]) => path.includes('/holds/'))![1],
  strategy: files.get('releases/strategies/canary.yaml')!,
  policy: files.get('releases/policies/default.yaml')!,
  release: files.get('releases/prod/card-fraud.yaml')!,
  'rollout-manifest': files.get('rollout-manifest.json')!,
} as const;

type Sample = keyof typeof SAMPLES;

function kindOf(sample: Sample): AnyDocumentKind {
  return sample === 'aggregate' || sample === 'request' ? 'feature-view' : sample;
}

/** The sample with one text replaced, parsed; findings as `code line:column field: message | hint`. */
function findings(sample: Sample, from: string, to: string): string[] {
  const text = SAMPLES[sample];
  if (!text.includes(from)) throw new Error(`${sample} does not hold ${from}`);
  const parsed = parseDocument(kindOf(sample), { file: 'f.yaml', text: text.replace(from, () => to) });
  expect(parsed.document).toBeNull();
  return parsed.findings.map(
    ({ code, message, hint, place }) =>
      `${code} ${place.line}:${place.column} ${place.field ?? ''}: ${message} | ${hint ?? ''}`,
  );
}

describe('a valid document', () => {
  it.each(Object.keys(SAMPLES) as Sample[])('of %s has no findings', (sample) => {
    const parsed = parseDocument(kindOf(sample), { file: 'f.yaml', text: SAMPLES[sample] });
    expect(parsed.findings).toEqual([]);
    expect(parsed.document).not.toBeNull();
  });

  it('has some hundreds of findings at most, each of which must be looked up in the text', () => {
    const text = Array.from({ length: 2000 }, (_, at) => `key${at}: {}\n`).join('');
    expect(parseDocument('release', { file: 'f', text }).findings).toHaveLength(201);
  });

  it('gets its defaults, nested ones too', () => {
    const text = 'description: d\npolicy: p\nstores: { artifacts: a, log: l, online: o }\n';
    const { document, findings } = parseDocument('environment', { file: 'f', text });
    expect(findings).toEqual([]);
    expect(document).toEqual({
      description: 'd',
      policy: 'p',
      clock: 'wall',
      minPods: 2,
      stores: { artifacts: 'a', log: 'l', online: 'o' },
      reconcile: { poll: '30s' },
      pods: { poll: '30s', evidence: '10s' },
      timestampValidity: '1d',
    });
  });

  it('gives each document its own defaults', () => {
    const text = 'description: d\npolicy: p\nstores: { artifacts: a, log: l, online: o }\n';
    const [a, b] = [1, 2].map(() => parseDocument('environment', { file: 'f', text }).document!);
    expect(a!.pods).not.toBe(b!.pods);
  });
});

describe('an invalid document', () => {
  it.each<[Sample, string, string, string]>([
    [
      'source',
      'owner: payments',
      'ownr: payments',
      'schema/unknown-key 2:1 ownr: unknown key "ownr"; the nearest known key is "owner" | Write "owner", or remove the key.',
    ],
    [
      'source',
      'owner: payments\n',
      '',
      'schema/missing-key 1:1 : the key "owner" is missing | Add "owner:". The team or person who answers for this document.',
    ],
    [
      'source',
      'owner: payments',
      'owner: ""',
      'schema/bad-value 2:8 owner: expected at least one character, got an empty text | ',
    ],
    [
      'source',
      'owner: payments',
      'owner: 7',
      'schema/wrong-type 2:8 owner: expected a text, got the number 7 | Put it in quotes: "7"',
    ],
    [
      'source',
      'owner: payments',
      'owner:',
      'schema/wrong-type 2:1 owner: expected a text, got nothing | Write a value after the colon, or remove the key.',
    ],
    [
      'source',
      'format: csv',
      'format: xlsx',
      'schema/bad-value 4:11 data.format: expected one of parquet, csv; got the text "xlsx" | The format of the files.',
    ],
    [
      'source',
      'format: csv',
      'format: parket',
      'schema/bad-value 4:11 data.format: expected one of parquet, csv; got the text "parket" | Did you mean "parquet"?',
    ],
    [
      'source',
      'type: bool',
      'type: boolean',
      'schema/bad-value 13:21 columns.disputed.type: expected one of int, double, string, bool, timestamp; got the text "boolean" | Did you mean "bool"?',
    ],
    [
      'source',
      'min: 0.01',
      'min: "0.01"',
      'schema/wrong-type 10:43 columns.amount.min: expected a number, got the text "0.01" | Remove the quotes: 0.01',
    ],
    [
      'source',
      'maxMissingShare: 0.05',
      'maxMissingShare: 1.5',
      'schema/bad-value 11:64 columns.installments.maxMissingShare: expected a number of at most 1, got 1.5 | ',
    ],
    [
      'source',
      'allowed: [EUR, USD]',
      'allowed: []',
      'schema/bad-value 12:29 columns.currency.allowed: expected at least one entry, got an empty list | ',
    ],
    [
      'source',
      'allowed: [EUR, USD]',
      'allowed: [[EUR]]',
      'schema/wrong-type 12:39 columns.currency.allowed[0]: expected a text or a number, got a list of 1 entry | ',
    ],
    [
      'source',
      'allowedLateness: 2d',
      'allowedLateness: 2 days',
      'schema/bad-value 16:18 allowedLateness: expected a duration (a whole number and a unit: ms, s, m, h or d), got the text "2 days" | For example: 30m',
    ],
    [
      'source',
      'duplicates: never',
      'duplicates: always',
      'schema/bad-value 18:13 duplicates: expected the text "never", got the text "always" | ',
    ],
    [
      'source',
      'minRows: 1000',
      'minRows: 10.5',
      'schema/wrong-type 19:10 minRows: expected a whole number, got the number 10.5 | Fewer rows than this in a snapshot is an error.',
    ],
    [
      'source',
      'minRows: 1000',
      'minRows: 0',
      'schema/bad-value 19:10 minRows: expected a number of at least 1, got 0 | ',
    ],
    [
      'source',
      'minRows: 1000',
      'minRows: 1e300',
      'schema/bad-value 19:10 minRows: expected a number of at most 9007199254740991, got 1e+300 | ',
    ],
    [
      'source',
      'minRows: 1000',
      'minRows: .nan',
      'schema/wrong-type 19:10 minRows: expected a whole number, got the number NaN | Fewer rows than this in a snapshot is an error.',
    ],
    [
      'entity',
      'type: string',
      'type: double',
      'schema/bad-value 4:25 keys[0].type: expected one of string, int; got the text "double" | The type of the key.',
    ],
    [
      'entity',
      'keys:\n  - { name: card, type: string }',
      'keys: card',
      'schema/wrong-type 3:7 keys: expected a list, got the text "card" | Write a list: [card]',
    ],
    [
      'aggregate',
      'kind: aggregate',
      'kind: aggregat',
      'schema/wrong-type 1:7 kind: expected one of aggregate, request; got the text "aggregat" | Did you mean "aggregate"?',
    ],
    [
      'aggregate',
      'kind: aggregate\n',
      '',
      'schema/missing-key 1:1 : the key "kind" is missing | Add "kind: aggregate" or "kind: request".',
    ],
    [
      'aggregate',
      'entity: card',
      'entity: My Card',
      'schema/bad-value 4:9 entity: expected a name (lower-case letters, digits, single hyphens or underscores, starting with a letter), got the text "My Card" | For example: flight-delay',
    ],
    [
      'aggregate',
      'windows: [1h, 24h]',
      'windows: [1h, 24h, 1h]',
      'schema/bad-value 10:24 aggregations[0].windows: entries 1 and 3 are the same (the text "1h") | Remove one of the two.',
    ],
    [
      'aggregate',
      'windows: [1h, 24h]',
      'windows: [1h, 24]',
      'schema/wrong-type 10:38 aggregations[0].windows[1]: expected a text, got the number 24 | Put it in quotes: "24"',
    ],
    [
      'aggregate',
      'keys: { card: card }',
      'keys: { "Card!": card }',
      'schema/bad-value 6:9 keys."Card!": as a key, expected a name (lower-case letters, digits, single hyphens or underscores, starting with a letter), got the text "Card!" | For example: flight-delay',
    ],
    [
      'request',
      'name: hour,',
      'nmae: hour,',
      'schema/unknown-key 8:7 features[1].nmae: unknown key "nmae"; the nearest known key is "name" | Write "name", or remove the key.',
    ],
    [
      'model',
      'riskTier: high',
      'riskTier: hihg',
      'schema/bad-value 3:11 riskTier: expected one of low, high; got the text "hihg" | Did you mean "high"?',
    ],
    [
      'model',
      'from: 2026-01-01',
      'from: 2026-02-30',
      'schema/bad-value 19:19 training.period.from: expected a moment in UTC, got "2026-02-30" | ',
    ],
    [
      'model',
      'from: 2026-01-01',
      'from: 1.1.2026',
      'schema/bad-value 19:19 training.period.from: expected a moment in UTC (a date, or a date and time that ends in Z), got the text "1.1.2026" | For example: 2001-04-01T12:30:00Z',
    ],
    [
      'model',
      'trees: 200',
      'trees: [200]',
      'schema/wrong-type 20:17 training.parameters.trees: expected a text, a number or true or false, got a list of 1 entry | ',
    ],
    [
      'model',
      'ece: { max: 0.05 }',
      'ece: {}',
      'schema/bad-value 32:5 gates.quality.ece: expected at least one entry of min, max, championMargin, maxImprovement, got an empty mapping | ',
    ],
    [
      'model',
      'maxPackageSize: 200MiB',
      'maxPackageSize: 200MB',
      'schema/bad-value 35:37 gates.infrastructure.maxPackageSize: expected a size (a whole number and a unit: B, KiB, MiB or GiB), got the text "200MB" | For example: 200MiB',
    ],
    [
      'version-record',
      'interval: [0.862, 0.878], rows',
      'interval: [0.862], rows',
      'schema/bad-value 18:24 metrics.auc.interval: expected at least 2 entries, got a list of 1 entry | ',
    ],
    [
      'version-record',
      'id: quality/auc',
      'id: quality',
      'schema/bad-value 20:9 verdicts[0].id: expected a verdict id, got the text "quality" | For example: quality/auc',
    ],
    [
      'environment',
      'clock: wall',
      'clock: replay ed',
      'schema/bad-value 3:8 clock: expected one of wall, replay; got the text "replay ed" | Did you mean "replay"?',
    ],
    [
      'hold',
      'since: 2026-05-20T09:30:00Z',
      'since: 2026-05-20T25:30:00Z',
      'schema/bad-value 3:8 since: expected a moment in UTC, got "2026-05-20T25:30:00Z" | ',
    ],
    [
      'strategy',
      'weight: 0.1',
      'weight: 0',
      'schema/bad-value 5:17 canary.steps[0].weight: expected a number above 0, got 0 | ',
    ],
    [
      'strategy',
      'confidence: 0.95',
      'confidence: 1',
      'schema/bad-value 11:15 analysis.confidence: expected a number below 1, got 1 | ',
    ],
    [
      'policy',
      '  high:',
      '  higth:',
      'schema/unknown-key 10:3 tiers.higth: unknown key "higth"; the nearest known key is "high" | Write "high", or remove the key.',
    ],
    [
      'release',
      'version: 2',
      'version: "2"',
      'schema/wrong-type 1:10 version: expected a whole number, got the text "2" | Remove the quotes: 2',
    ],
    [
      'release',
      'version: 2',
      'version: 2\nversion: 3',
      'yaml/duplicate-key 2:1 : the key "version" appears twice in one mapping | Keep one of the two; YAML has no rule for which one wins.',
    ],
    [
      'rollout-manifest',
      '"serial": 7',
      '"serial": -7',
      'schema/bad-value 5:13 serial: expected a number of at least 1, got -7 | ',
    ],
  ])('of %s with %j changed to %j says what, where and how', (...[sample, from, to, expected]) => {
    expect(findings(sample, from, to)).toEqual([expected]);
  });

  it('is told of everything at once, in reading order', () => {
    const text = `ownr: x
data: { format: csv, path: 5 }
columns:
  at: { type: timestmp }
  n: { type: int, mn: 1 }
eventTime: at
allowedLateness: soon
minRows: 0
`;
    const { findings } = parseDocument('source', { file: 'f', text });
    expect(findings.map(({ code, place }) => `${place.line} ${code}`)).toEqual([
      '1 schema/missing-key',
      '1 schema/unknown-key',
      '2 schema/wrong-type',
      '4 schema/bad-value',
      '5 schema/unknown-key',
      '7 schema/bad-value',
      '8 schema/bad-value',
    ]);
  });

  it('reports only what the named kind of view asks for, never of the other kind', () => {
    const { findings } = parseDocument('feature-view', {
      file: 'f',
      text: 'kind: request\ndescription: d\nentity: card\n',
    });
    expect(findings.map((finding) => finding.message)).toEqual([
      'the key "inputs" is missing',
      'the key "features" is missing',
      'unknown key "entity"',
    ]);
  });

  it.each(['5', 'text', '[a]', 'true', 'null'])('that is %s and no mapping is said to be none', (text) => {
    for (const kind of ['release', 'feature-view'] as const) {
      const { findings } = parseDocument(kind, { file: 'f', text });
      expect(findings).toHaveLength(1);
      expect(findings[0]?.message).toMatch(/^expected a mapping of keys and values, got /);
    }
  });

  it('that is empty says which keys belong there', () => {
    const { findings } = parseDocument('release', { file: 'f', text: '# later\n' });
    expect(findings[0]?.message).toBe(
      'expected a document of kind "release" with the keys version, strategy; the file is empty',
    );
  });

  it('never speaks of the machinery of schemas', () => {
    for (const [sample, text] of Object.entries(SAMPLES) as [Sample, string][]) {
      for (const value of ['5', 'x y', '[]', '{}', 'true', '-1', '"!"']) {
        const mutated = text.replace(/: ([^\n{}[\],]+)$/gm, `: ${value}`);
        const { findings } = parseDocument(kindOf(sample), { file: 'f', text: mutated });
        for (const { message } of findings) {
          expect(message).not.toMatch(/oneOf|anyOf|schema|must (match|be|have|NOT)|pattern|keyword|instance/i);
        }
      }
    }
  });
});
