import { compileBundle, parseWorkspace, type Workspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { desiredOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { describePlan, planChange } from './plan.js';

const DOCUMENTS = worldDocuments() as Record<string, Record<string, unknown>>;
const CARD = DOCUMENTS['models/late/model.yaml']!;

function workspace(change: Readonly<Record<string, unknown>> = {}): Workspace {
  const parsed = parseWorkspace(new Map(Object.entries(toYaml({ ...DOCUMENTS, ...change }))));
  expect(parsed.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  return parsed.workspace;
}

const release = (version: number, strategy = 'canary', more: object = {}) => ({
  'releases/prod/late.yaml': { version, strategy, ...more },
});
const trainedOn = (version: number, features: string) => ({
  [`models/late/versions/${version}.yaml`]: recordOf(version, {
    trainedOn: { ...recordOf(version).trainedOn, features },
  }),
});
const alike = (version: number, other: number) => trainedOn(version, recordOf(other).trainedOn.features);
const said = (before: Workspace, after: Workspace) => describePlan(planChange(before, after));
const fills = (version: number, live = 1) =>
  `The feature definitions of version ${version} are not those of version ${live}: fill what the online store lacks of them, best before this is merged: \`signalbox materialize --env prod --backfill late@${version}\`.`;
const WAITS = 'Until then it waits, and pods serve on without it.';
const STARTS = 'Until then pods refuse it and serve on what they have, and a pod that starts answers nothing.';

describe('the feature views of what is to replace what is live', () => {
  it('are to be filled where they are others than those of what is live', () => {
    expect(said(workspace(release(1)), workspace(release(2)))).toContain(`${fills(2)} ${WAITS}`);
    const text = said(workspace({ ...alike(2, 1), ...release(1) }), workspace({ ...alike(2, 1), ...release(2) }));
    expect(text).toContain('Version 2 is to replace version 1');
    expect(text).not.toContain('materialize');
    const [one, two] = [1, 2].map((version) => workspace(release(version, 'direct'))) as [Workspace, Workspace];
    expect(said(one, two)).toContain(`${fills(2)} ${STARTS}`);
  });

  /** From what `published` says is live to what `after` asks for, with all that was `served` here. */
  const going = (
    after: Workspace,
    { at = 2, from = 1, served = [from] }: { at?: number; from?: number; served?: number[] },
  ) => {
    const live = { ...publishedWhere([desiredOf(1)]), model: 'late' };
    const published = { ...live, champion: from };
    const next = { ...live, champion: at };
    const servedFeatures = new Set(served.map((version) => recordOf(version).trainedOn.features));
    const change = { published, next, otherwise: published, reasons: [], asksOtherwise: true, servedFeatures };
    const outlooks = new Map([['prod/late', { ...change, lost: [], isReturn: false }]]);
    return describePlan(planChange(workspace(release(from)), after, { nextPass: { outlooks, unread: new Map() } }));
  };

  it('wait for nobody where it goes at once', () => {
    const text = going(workspace(release(2, 'direct')), {});
    expect(text).toContain('All units get version 2 at once.');
    expect(text).toContain(`${fills(2)} ${STARTS}`);
  });

  it('are there where the same were live, however long ago, and whether or not it takes steps', () => {
    expect(going(workspace(release(2)), { at: 1, served: [1] })).toContain(WAITS);
    for (const at of [1, 2]) {
      expect(going(workspace(release(2)), { at, served: [1, 2] })).not.toContain('materialize');
      expect(going(workspace({ ...release(2), ...alike(2, 3) }), { at, served: [1, 3] })).not.toContain('materialize');
    }
  });

  it('are waited for no more where its strategy has no steps from now on', () => {
    const text = said(workspace(release(1)), workspace(release(1, 'direct')));
    expect(text).not.toContain('materialize');
    const after = workspace(release(2, 'direct'));
    const live = { ...publishedWhere([desiredOf(1)]), model: 'late' };
    const seen = { published: live, next: { ...live, champion: 2 }, otherwise: live, reasons: [], asksOtherwise: true };
    const outlook = { ...seen, lost: [], isReturn: false, servedFeatures: new Set([recordOf(1).trainedOn.features]) };
    const nextPass = { outlooks: new Map([['prod/late', outlook]]), unread: new Map() };
    expect(describePlan(planChange(workspace(release(2)), after, { nextPass }))).toContain(`${fills(2)} ${STARTS}`);
  });
});

describe('the feature views of what a release names beside', () => {
  const card = (...names: string[]) => ({
    'models/late/model.yaml': {
      ...CARD,
      serving: { ...(CARD.serving as object), segments: names.map((name, at) => ({ name, where: `value > ${at}.5` })) },
    },
  });
  const base = { ...card('big', 'huge'), ...release(1) };
  const naming = (more: object, version = 1) => workspace({ ...base, ...release(version, 'canary', more) });

  it('are to be filled for a pin and a fallback, which pods leave out until then', () => {
    const pinned = said(workspace(base), naming({ segments: { big: { version: 2 } } }));
    expect(pinned).toContain(`${fills(2)} Until then pods serve without it: the champion answers segment big.`);
    const spare = naming({ fallback: { version: 3 } });
    expect(said(workspace(base), spare)).toContain(
      `${fills(3)} Until then pods serve without it: after the champion comes the rule.`,
    );
    expect(said(spare, spare)).not.toContain('materialize');
    expect(said(spare, naming({}))).not.toContain('materialize');
  });

  it('are told once for a version, with all that becomes of its requests', () => {
    const pins = { big: { version: 3 }, huge: { version: 3 } };
    const text = said(workspace(base), naming({ segments: pins, fallback: { version: 3 } }));
    expect(text.match(/materialize/g)).toHaveLength(1);
    expect(text).toContain(
      'serve without it: the champion answers segment big, and the champion answers segment huge, and after the champion comes the rule.',
    );
  });

  it('are there where it has those of what is live or is to replace it', () => {
    for (const other of [1, 2]) {
      const records = alike(3, other);
      const after = workspace({ ...base, ...records, ...release(2, 'canary', { fallback: { version: 3 } }) });
      const text = said(workspace({ ...base, ...records }), after);
      expect(text).toContain(`${fills(2)} ${WAITS}`);
      expect(text).not.toContain('late@3');
    }
  });

  it('are to be filled for the arms of an experiment, which waits', () => {
    const metric = { kind: 'outcome', description: 'Loss.', better: 'lower', value: 'log_loss' };
    const limits = { minDuration: '7d', maxDuration: '28d', minSample: 1000 };
    const contest = { share: 0.3, metric: 'loss', minEffect: 0.01, ...limits };
    const documents = {
      'releases/metrics/loss.yaml': metric,
      'releases/strategies/canary.yaml': { description: 'A contest.', experiment: contest, stageDeadline: '30d' },
    };
    const after = workspace({ ...documents, ...release(2, 'canary', { arms: [3] }) });
    const text = said(workspace({ ...documents, ...release(1) }), after);
    expect(text).toContain(`${fills(2)} ${WAITS}`);
    expect(text).toContain(`${fills(3)} Until then the experiment waits, and pods serve on without it.`);
  });
});

describe('the feature views of a first version', () => {
  const delays = {
    'features/entities/place.yaml': { description: 'Where.', keys: [{ name: 'place', type: 'string' }] },
    'features/sources/events.yaml': {
      ...DOCUMENTS['features/sources/events.yaml'],
      columns: { at: { type: 'timestamp' }, value: { type: 'double' }, place: { type: 'string' } },
    },
    'features/views/delays.yaml': {
      ...{ kind: 'aggregate', description: 'Delays.', entity: 'place', source: 'events' },
      aggregations: [{ function: 'count', windows: ['1h'] }],
    },
    'models/late/model.yaml': {
      ...CARD,
      label: { ...(CARD.label as object), entities: { place: { place: 'place' } } },
      features: ['request', 'delays'],
    },
  };
  const digestIn = (documents: object) => compileBundle(workspace(documents as Record<string, unknown>), 'late').digest;

  it('are named with how to fill them, because nothing answers until they are', () => {
    const documents = { ...delays, ...trainedOn(1, digestIn(delays)) };
    expect(said(workspace(documents), workspace({ ...documents, ...release(1) }))).toContain(
      'Pods serve version 1 only with its feature views: fill what the online store lacks of delays, best before this is merged: `signalbox materialize --env prod --backfill late@1`. Until then pods answer nothing for it, and those that start then are not ready.',
    );
    expect(said(workspace(delays), workspace({ ...delays, ...release(1) }))).toContain('lacks of them, best');
  });

  it('are none where it reads only what a request brings', () => {
    const documents = trainedOn(1, digestIn({}));
    const text = said(workspace(documents), workspace({ ...documents, ...release(1) }));
    expect(text).toContain('becomes the first version');
    expect(text).not.toContain('materialize');
  });
});
