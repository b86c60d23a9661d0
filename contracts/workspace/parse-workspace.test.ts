import { describe, expect, it } from 'vitest';
import { changed, sampleRepository } from '../../tests/support/sample-repository.js';
import { isSignalboxError } from '../errors/signalbox-error.js';
import { ParsedFiles, parseWorkspace, requireWorkspace } from './parse-workspace.js';

const SOURCE = 'features/sources/payments.yaml';
const SPEND = 'features/views/card_spend.yaml';
const MODEL = 'models/card-fraud/model.yaml';
const RECORD = 'models/card-fraud/versions/2.yaml';
const RELEASE = 'releases/prod/card-fraud.yaml';

/** Each finding as `file field severity: message`. */
function told(files: ReadonlyMap<string, string>): string[] {
  return parseWorkspace(files).findings.map(
    ({ place, severity, message }) => `${place.file} ${place.field ?? ''} ${severity}: ${message}`,
  );
}

describe('a valid repository', () => {
  const { workspace, findings, counts } = parseWorkspace(sampleRepository());

  it('has no findings, and every document by its name', () => {
    expect(findings).toEqual([]);
    expect(counts).toEqual({
      source: 1,
      entity: 1,
      'feature-view': 2,
      model: 1,
      'version-record': 3,
      environment: 2,
      hold: 1,
      freeze: 1,
      confirmation: 1,
      metric: 4,
      strategy: 3,
      policy: 1,
      release: 2,
    });
    expect([...workspace.versions.get('card-fraud')!.keys()]).toEqual([1, 2, 3]);
    expect([...workspace.environments.get('prod')!.releases.keys()]).toEqual(['card-fraud']);
    expect([...workspace.environments.get('prod')!.holds.keys()]).toEqual([
      workspace.versions.get('card-fraud')!.get(3)!.package.digest,
    ]);
    expect(workspace.environments.get('staging')!.releases.size).toBe(1);
  });

  it('keeps more than nine versions in order', () => {
    const files = sampleRepository();
    for (const version of [10, 11, 9]) files.set(`models/card-fraud/versions/${version}.yaml`, files.get(RECORD)!);
    expect([...parseWorkspace(files).workspace.versions.get('card-fraud')!.keys()]).toEqual([1, 2, 3, 9, 10, 11]);
  });

  it('may be empty', () => {
    expect(parseWorkspace(new Map()).findings).toEqual([]);
  });
});

describe('findings of many files', () => {
  it('come all at once, in reading order, and nobody is blamed for the document that it names', () => {
    const files = changed(SOURCE, 'type: bool', 'type: boole');
    files.set(
      SPEND,
      files.get(SPEND)!.replace('function: mean', 'function: meen').replace('entity: card', 'entity: crad'),
    );
    files.set(RELEASE, 'version: 1\n');
    files.set('features/stray.yaml', 'a: 1\n');
    expect(
      parseWorkspace(files).findings.map(({ code, place }) => `${place.file}:${place.line ?? ''} ${code}`),
    ).toEqual([
      `${SOURCE}:13 schema/bad-value`,
      'features/stray.yaml: layout/misplaced',
      `${SPEND}:4 reference/unknown`,
      `${SPEND}:11 schema/bad-value`,
      `${RELEASE}:1 schema/missing-key`,
    ]);
  });

  it('include what a document without an owner says of others', () => {
    const files = changed(MODEL, 'owner: fraud-team\n', '');
    files.set(MODEL, files.get(MODEL)!.replace('  - card_spend.count_24h', '  - card_spnd.count_24h'));
    expect(told(files)).toEqual([
      `${MODEL}  error: the key "owner" is missing`,
      `${MODEL} features[1] error: there is no feature view "card_spnd"`,
    ]);
  });

  it('become one error that holds them all, for stages that need valid documents', () => {
    const files = changed(SOURCE, 'owner: payments\n', '');
    files.set(RELEASE, 'version: 1\n');
    try {
      requireWorkspace(parseWorkspace(files));
      expect.unreachable();
    } catch (error) {
      if (!isSignalboxError(error)) throw error;
      expect(error.code).toBe('input/invalid-documents');
      expect(error.message).toBe('expected valid documents, found 2 errors in 2 files');
      expect(error.findings).toHaveLength(2);
    }
  });

  it('stop at a value that cannot be read, and never throw for it', () => {
    const findings = told(changed(MODEL, 'from: 2026-01-01', 'from: 2026-02-30'));
    expect(findings).toEqual([`${MODEL} training.period.from error: expected a moment in UTC, got "2026-02-30"`]);
  });
});

describe('documents that were parsed before', () => {
  const source = (description: string) => `description: ${description}\n`;

  it('are parsed again only where their text has changed, and say the same', () => {
    const [first, second] = ['features/sources/a.yaml', 'features/sources/b.yaml'];
    const before = new ParsedFiles();
    const texts = new Map([
      [first, source('A.')],
      [second, source('B.')],
      ['features/elsewhere.yaml', 'x'],
    ]);
    expect(parseWorkspace(texts, before)).toEqual(parseWorkspace(texts));
    texts.set(first, source('[broken'));
    texts.delete('features/elsewhere.yaml');
    expect(parseWorkspace(texts, before)).toEqual(parseWorkspace(texts));
    let parsed = 0;
    const count = () => {
      parsed += 1;
      return { findings: [], files: [] };
    };
    before.of(second, source('B.'), count);
    before.of('features/elsewhere.yaml', 'x', count);
    expect(parsed).toBe(1);
  });
});
