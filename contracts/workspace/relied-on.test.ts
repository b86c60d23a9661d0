import { describe, expect, it } from 'vitest';
import { sampleRepository } from '../../tests/support/sample-repository.js';
import { parseDocument } from '../parsing/parse-document.js';
import { checkDocuments } from './check-documents.js';
import { placeOf } from './document-path.js';
import { type DocumentFile, documentSet } from './document-set.js';
import { parseWorkspace } from './parse-workspace.js';
import { type DocumentName, reliedOn } from './relied-on.js';

const { workspace } = parseWorkspace(sampleRepository());
const filesOf = (...name: DocumentName): readonly string[] => reliedOn(workspace, name).map(({ file }) => file);

describe('what a document relies on', () => {
  it('is what says what a release starts, how, and what must be shown', () => {
    expect(filesOf('release', 'prod/card-fraud')).toEqual([
      'releases/prod/card-fraud.yaml',
      'releases/prod/environment.yaml',
      'models/card-fraud/model.yaml',
      'releases/strategies/canary.yaml',
      'models/card-fraud/versions/2.yaml',
      'models/card-fraud/versions/1.yaml',
      'releases/policies/default.yaml',
      'features/sources/payments.yaml',
      'features/entities/card.yaml',
      'features/views/payment_request.yaml',
      'features/views/card_spend.yaml',
      'releases/metrics/chargeback-rate.yaml',
      'releases/metrics/queue-length.yaml',
    ]);
    expect(filesOf('strategy', 'experiment')).toContain('releases/metrics/chargeback-rate.yaml');
  });

  it('is told of what is not there as well', () => {
    expect(reliedOn(workspace, ['release', 'prod/none'])).toEqual([
      { file: 'releases/prod/none.yaml', kind: 'release', isThere: false },
    ]);
    const files = sampleRepository();
    files.delete('releases/policies/default.yaml');
    const without = reliedOn(parseWorkspace(files).workspace, ['release', 'prod/card-fraud']);
    expect(without.filter(({ isThere }) => !isThere).map(({ kind }) => kind)).toEqual(['policy']);
  });

  it('is all that the checks of a document read of another, so that an error there is never taken for none here', () => {
    const unknown = readsOfChecks().filter(([from, to]) => !isKnown(from, to));
    expect(unknown.map(([from, to]) => `${from.file} reads ${to.file}`)).toEqual([]);
    expect(readsOfChecks().map(([{ kind }, to]) => `${kind} ${to.kind}`)).toContain('release policy');
  });
});

type Read = readonly [from: DocumentFile, to: DocumentFile];

/** What only warns, and the cost classes of every environment that releases a model: another's error must not hold this one back. */
const WITHOUT_CONSEQUENCE = ['release hold', 'version-record version-record', 'model environment'];
/** They stand for themselves where they cannot be read: it is held, frozen, not confirmed. */
const FOR_THEMSELVES = ['hold', 'freeze', 'confirmation'];

const isKnown = (from: DocumentFile, to: DocumentFile): boolean =>
  FOR_THEMSELVES.includes(from.kind) ||
  WITHOUT_CONSEQUENCE.includes(`${from.kind} ${to.kind}`) ||
  filesOf(from.kind, from.parts.join('/')).includes(to.file);

/** Who read the content of whom while the sample repository was checked. */
function readsOfChecks(): readonly Read[] {
  const reads: Read[] = [];
  let checked: DocumentFile | null = null;
  const files = [...sampleRepository()].flatMap(([path, text]): DocumentFile[] => {
    const placement = placeOf(path);
    if (placement.is !== 'document') return [];
    const { kind, parts } = placement;
    const { document, draft, locate } = parseDocument(kind, { file: path, text });
    const file = { kind, parts, file: path, document, wellFormed: document, draft, locate };
    return [
      {
        ...file,
        get document() {
          if (checked !== null && checked.file !== path) reads.push([checked, file]);
          return document;
        },
        // A check begins by a copy of what it is about, and asks nobody else for this.
        get kind() {
          checked = file;
          return kind;
        },
      },
    ];
  });
  const [documents, findings] = [documentSet(files), []];
  checked = null;
  checkDocuments(documents, findings);
  expect(findings).toEqual([]);
  // All views are compiled at once, after the last of them was checked.
  return reads.filter(([from, to]) => !(from.kind === 'feature-view' && from.file !== to.file));
}
