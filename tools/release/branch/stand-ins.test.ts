import {
  type Metric,
  type Model,
  parseWorkspace,
  type Release,
  type RolloutManifest,
  reliedOn,
  type Strategy,
} from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { NO_BACKGROUND, toYaml } from '../../../tests/support/release-world.js';
import { desiredOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { sampleRepository } from '../../../tests/support/sample-repository.js';
import { runPlumbing } from '../../forge/index.js';
import { resolveDesired } from '../desired/desired.js';
import type { Head } from '../desired/head.js';
import { readHead } from './read-head.js';

const TORN = 'x: [\n';
const WHOLE = sampleRepository();
const RELEASE = 'releases/prod/card-fraud.yaml';
const STRATEGY = 'releases/strategies/canary.yaml';
const METRIC = 'releases/metrics/queue-length.yaml';
const CARD = 'models/card-fraud/model.yaml';
const strategy = readSample<Strategy>(STRATEGY);
const judgedBy = (analysis: Partial<Strategy['analysis']>) => ({
  ...strategy,
  analysis: { ...strategy.analysis, ...analysis },
});

/** Version 2 has a tenth of the units by the steps of the sample, and one segment is critical. */
const large = { name: 'large', where: 'amount > 500.0', version: null };
const running: RolloutManifest = {
  ...publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary'),
  ...{ environment: 'prod', model: 'card-fraud', segments: [large] },
};

/** What the version under way is judged by, and why it goes no further. */
function judgedAt(head: Head) {
  const question = { environment: 'prod', model: 'card-fraud', published: new Map([['card-fraud', running]]) };
  const resolved = resolveDesired(head, { ...question, background: NO_BACKGROUND, wallNowMs: 0 });
  if ('unresolved' in resolved) throw new Error(resolved.unresolved);
  const { desired } = resolved;
  const { analysis, stageDeadline } = desired.strategy;
  const asked = analysis.metrics.map(({ metric }) => desired.metrics.get(metric));
  const critical = desired.segments.filter((one) => one.critical).map(({ name }) => name);
  const judging = {
    analysis,
    stageDeadline,
    asked,
    critical,
    minPods: desired.minPods,
    version: desired.package.version,
  };
  return { judging, limits: desired.limits, waits: desired.waits };
}

type Files = Readonly<Record<string, string | null>>;

const files = reliedOn(parseWorkspace(WHOLE).workspace, ['release', 'prod/card-fraud']).map(({ file }) => file);
/** Deleted, a release asks for nothing, which is no error. */
const broken = files.flatMap((file): Files[] =>
  file === RELEASE ? [{ [file]: TORN }] : [{ [file]: TORN }, { [file]: null }],
);

const queue = (change: object) => judgedBy({ metrics: [{ metric: 'queue-length', max: 500, ...change }] });
const twice = [large, large].map((segment) => ({ ...segment, critical: false }));
const wrong: Readonly<Record<string, Files>> = {
  'by itself: no time at all': toYaml({ [STRATEGY]: { ...strategy, stageDeadline: '0s' } }),
  'by itself: a bound that nothing meets': toYaml({ [STRATEGY]: queue({ min: 501 }) }),
  'by a metric that was mistyped': toYaml({ [STRATEGY]: queue({ metric: 'queue-lenght' }) }),
  'by a metric that says nothing': toYaml({ [METRIC]: { ...readSample<Metric>(METRIC), query: undefined } }),
  'by a card that lists a segment twice': toYaml({ [CARD]: cardWith(twice) }),
  'by the name of its strategy': toYaml({ [RELEASE]: { ...readSample<Release>(RELEASE), strategy: 'canry' } }),
  'by the name of its strategy, which has another name now': {
    ...toYaml({ [RELEASE]: { ...readSample<Release>(RELEASE), strategy: 'canery2' } }),
    ...{ [STRATEGY]: null, 'releases/strategies/canary2.yaml': WHOLE.get(STRATEGY)! },
  },
  'by a metric that was mistyped, which has another name now': {
    ...toYaml({ [STRATEGY]: queue({ metric: 'quue' }) }),
    ...{ [METRIC]: null, 'releases/metrics/queue.yaml': WHOLE.get(METRIC)! },
  },
  'by a metric that never was right by its name now': {
    ...toYaml({ 'releases/metrics/queue.yaml': { ...readSample<Metric>(METRIC), query: undefined } }),
    ...toYaml({ [STRATEGY]: queue({ metric: 'queue' }) }),
    ...{ [METRIC]: null },
  },
  'by a strategy that never was right by its name now': {
    ...{ 'releases/strategies/canary2.yaml': TORN, [STRATEGY]: null },
    ...toYaml({ [RELEASE]: { ...readSample<Release>(RELEASE), strategy: 'canary2' } }),
  },
  'by a strategy that has another name now, and names a metric that was mistyped': {
    ...toYaml({ 'releases/strategies/canary2.yaml': queue({ metric: 'quue' }) }),
    ...toYaml({ [RELEASE]: { ...readSample<Release>(RELEASE), strategy: 'canary2' } }),
    ...{ [STRATEGY]: null, [METRIC]: null },
  },
};
const together = { [STRATEGY]: null, [METRIC]: null };
const stricter = toYaml({ [STRATEGY]: judgedBy({ errorRateMargin: 0.001 }) });
/** More than are looked for. */
const crowd = Array.from({ length: 51 }, (_, at) => `m${at}`);
const released = (strategyOf: (name: string) => string) =>
  toYaml(
    Object.fromEntries(crowd.map((name) => [`releases/prod/${name}.yaml`, { version: 1, strategy: strategyOf(name) }])),
  );
const crowded = {
  ...Object.fromEntries(crowd.map((name) => [`releases/strategies/${name}.yaml`, WHOLE.get(STRATEGY)!])),
  ...released((name) => name),
  ...{ [METRIC]: TORN, [CARD]: TORN },
};
const STAGING = 'releases/staging/card-fraud.yaml';
const mistyped = Object.fromEntries(
  [RELEASE, STAGING].map((file) => [file, WHOLE.get(file)!.replace(/^strategy: .*$/m, 'strategy: standrd')]),
);
const swept = [released(() => 'canary'), { ...released(() => 'standrd'), ...mistyped, [CARD]: TORN }];
const unchecked = toYaml({ [CARD]: { ...cardWith([{ ...large, critical: true }]), features: ['none'] } });

describe('what a version under way is judged by', () => {
  let repository: TestRepository;
  let whole: ReturnType<typeof judgedAt>;
  const all = [{}, ...broken, ...Object.values(wrong), together, stricter, unchecked, crowded];

  const after = async (files: Files) => judgedAt(await readHead(repository.folder, `case-${all.indexOf(files)}`));

  /** One process for all of them: each is a commit of its own on the whole sample. */
  beforeAll(async () => {
    repository = await createTestRepository();
    const input = [
      commitOf('main', Object.fromEntries(WHOLE), ''),
      ...all.map((one, at) => commitOf(`case-${at}`, one)),
      ...[commitOf('swept', swept[0]!), commitOf('swept', swept[1]!, '')],
    ];
    await runPlumbing(repository.folder, ['fast-import', '--quiet', '--date-format=now'], { input: input.join('') });
    whole = await after(all[0]!);
    expect(whole.judging).toMatchObject({ critical: ['large'], asked: [{}, {}], minPods: 3, version: 2 });
  });
  afterAll(() => repository.remove());

  it.each(broken)('is what it was, and it goes no further, whatever is broken: %j', async (files) => {
    const { judging, waits } = await after(files);
    expect(judging).toEqual(whole.judging);
    const name = Object.keys(files)[0]!.replace(/^.*[/]|[.]yaml$/g, '');
    expect(waits.some((why) => why.includes(name))).toBe(true);
  });

  it.each(Object.entries(wrong))('is what it was when it was right, where it is wrong %s', async (_what, files) => {
    const { judging, waits } = await after(files);
    expect(judging).toEqual(whole.judging);
    expect(waits.join()).toContain(Object.keys(files)[0]);
  });

  it('is what it was where a strategy goes together with the metric that it names', async () => {
    expect((await after(together)).judging).toEqual(whole.judging);
  });

  it('is what it was where a card is torn together with a metric that more strategies name than are looked for', async () => {
    expect((await after(crowded)).judging).toEqual(whole.judging);
  });

  it('is for each release what it was for this one, where one slip is in more of them than are looked for', async () => {
    const head = await readHead(repository.folder, 'swept');
    const { judging, waits } = judgedAt(head);
    expect(judging).toEqual(whole.judging);
    expect(waits.join()).toContain('standrd');
    const releases = ['prod', 'staging'].map((name) => head.workspace.environments.get(name)!.releases);
    expect(releases.map((one) => one.get('card-fraud'))).toEqual([RELEASE, STAGING].map(readSample));
    expect(crowd.map((name) => releases[0]!.get(name)!.strategy)).toEqual(crowd.map(() => 'canary'));
  });

  it('is what stands there where that is right: a strategy that asks for more is gone by at once', async () => {
    const { judging, waits } = await after(stricter);
    expect(judging.analysis.errorRateMargin).toBe(0.001);
    expect(waits.some((why) => why.includes('.yaml:'))).toBe(false);
  });

  it('and no limit, rule or condition of a card that nobody can check is published', async () => {
    const { judging, limits } = await after(unchecked);
    expect([judging.critical, limits]).toEqual([['large'], running.limits]);
    expect(whole.limits).not.toEqual(running.limits);
  });
});

function commitOf(branch: string, files: Files, from = 'from refs/heads/main\n'): string {
  const changes = Object.entries(files).map(([path, text]) =>
    text === null ? `D ${path}\n` : `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  return `commit refs/heads/${branch}\ncommitter Ada <ada@example.com> now\ndata 1\nx\n${from}${changes.join('')}\n`;
}

function readSample<T>(path: string): T {
  return parse(WHOLE.get(path)!) as T;
}

function cardWith(segments: readonly object[]) {
  const card = readSample<Model>(CARD);
  return { ...card, serving: { ...card.serving, segments } };
}
