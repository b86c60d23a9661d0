import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decisionKey, isSignalboxError, type SignalboxError } from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { manifestTarget, targetKey } from '@signalbox/serving/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWERED_MS, createLineageWorld, type LineageWorld, POD } from '../../tests/support/lineage-world.js';
import { digestOf } from '../../tests/support/release-world.js';
import type { CommandContext } from '../cli/command.js';
import { lineageCommand } from '../cli/commands/lineage.js';
import { GitRepository } from '../forge/index.js';
import { describeFile, describePrediction } from './describe/describe-trace.js';
import { mermaidOf } from './describe/mermaid.js';
import { type LineageContext, openLineage } from './facts/context.js';
import type { LineageFacts } from './facts/facts.js';
import { gatherAll } from './facts/gather-all.js';
import { nameOf, traceFile, traceNamed } from './trace-file.js';
import { type PredictionTrace, traceAnswer, tracePrediction } from './trace-prediction.js';

/** Version 1 went live by manifest 1; manifest 2 began the canary of version 2; a revert that nobody approved made manifest 3. */
let world: LineageWorld;
let context: LineageContext;
/** By version 1 under manifest 1. */
let id: string;
/** The trace of that, with nothing missing. */
let traced: PredictionTrace;
let facts: LineageFacts;
beforeAll(async () => {
  world = await createLineageWorld();
  await world.release(1);
  id = await world.answer({ outcome: true });
  await world.release(2);
  await world.git.run(['pull', '--quiet', '--ff-only', 'origin', 'main']);
  await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' }, 'Go back to version 1');
  await world.reconcile();
  await world.count(1, 41);
  traced = await tracePrediction(world.address, id);
  context = await openLineage(world.address);
  facts = await gatherAll(context);
});
afterAll(() => world.remove());

const trace = (what = id) => traceAnswer(context, what);
const node = (kind: string) => traced.graph.nodes.find((one) => one.kind === kind)!;
const traceOf = async (file: string) => traceNamed(facts, await nameOf(world.folder, file));

/** Runs a test with other objects in the store, and puts the old ones back. Null takes one away. */
async function withObjects(change: Readonly<Record<string, string | null>>, test: () => Promise<void>): Promise<void> {
  const kept = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(change)) {
    kept.set(key, (await world.store.read(key))!.bytes);
    await (text === null ? world.store.remove(key) : world.store.write(key, text));
  }
  try {
    await test();
  } finally {
    for (const [key, bytes] of kept) await world.store.write(key, bytes);
  }
}

async function onlyObject(prefix: string): Promise<{ readonly key: string; readonly text: string }> {
  for await (const { key } of world.store.list(prefix)) {
    return { key, text: Buffer.from((await world.store.read(key))!.bytes).toString('utf8') };
  }
  throw new Error(`there is nothing under ${prefix}`);
}

async function refusal(work: Promise<unknown>): Promise<SignalboxError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isSignalboxError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

describe('the trace of an answer', () => {
  it('leads from the id to version, approver, run, dataset rows, files and definitions', () => {
    const { doubts, manifest, prediction, release, version } = traced;
    expect(doubts).toEqual([]);
    expect(prediction).toMatchObject({ model: 'late', pod: POD, serial: 1, version: 1, wallMs: ANSWERED_MS });
    expect(manifest).toMatchObject({ proof: 'chained', manifest: { serial: 1, champion: 1 } });
    expect(release!.change.pullRequest).toMatchObject({ author: 'Ada Test', approvedBy: ['Grace'] });
    expect(version.recorded!.pullRequest).toMatchObject({ title: 'late: version 1', approvedBy: ['Grace'] });
    expect(node('run').facts).toMatchObject({ commit: world.trained });
    expect(node('dataset').facts).toMatchObject({ rows: 10, digest: world.digests.dataset });
    expect(node('data-file')).toMatchObject({ path: 'events.csv', digests: [world.digests.input] });
  });

  it('names each definition with the commit that the trained one had it from', () => {
    const { graph } = traced;
    const definitions = graph.nodes.filter(({ kind }) => kind === 'definition');
    expect(definitions.map(({ path }) => path)).toEqual([
      'features/sources/events.yaml',
      'features/views/request.yaml',
      'models/late/model.yaml',
    ]);
    for (const { facts } of definitions) expect(facts.commit).toMatch(/^[0-9a-f]{40}$/);
  });

  it('adds the logged values and the outcome, on whichever pod that came in', () => {
    const { prediction } = traced;
    expect(prediction.logged).toMatchObject({ score: 0.25, request: { value: 2 } });
    expect(prediction.outcomes).toMatchObject([{ outcome: true }]);
  });

  it('needs no logged line', async () => {
    const unlogged = await trace(id.replace(/1$/, '2'));
    expect(unlogged.prediction.logged).toBeNull();
    expect(unlogged.version.record.run).toBe('late-1');
    const text = describePrediction(unlogged);
    expect(text).toMatch(/^By its id, version 1 of late answered on pod-1/);
    expect(text).toContain('digest or Git; the answer itself is known by its id alone, which is not signed.');
  });

  it('says of a shadow that it scored a copy', async () => {
    const { key, text } = await onlyObject(`evidence/prod/${POD}/predictions/`);
    await withObjects({ [key]: text.replace('"role":"champion"', '"role":"shadow"') }, async () => {
      const shadow = await trace();
      expect(describePrediction(shadow)).toMatch(/^Version 1 of late scored a copy on pod-1/);
      expect(JSON.stringify(shadow.graph)).not.toContain('answered');
    });
  });

  it('leaves out what another version was made from, also under the manifest of its canary', async () => {
    const under = await trace(`late.1.2.${POD}.${ANSWERED_MS.toString(36)}.2`);
    expect(under.manifest).toMatchObject({ proof: 'chained', manifest: { serial: 2, champion: 1, candidate: 2 } });
    expect(under.release!.version).toBe(1);
    expect(under.graph.nodes.filter(({ kind }) => kind === 'version').map(({ title }) => title)).toEqual([
      'Version 1 of late',
    ]);
    expect(under.graph.nodes.filter(({ kind }) => kind === 'release').map(({ title }) => title)).toEqual([
      'Release of version 1',
      'Release of version 2',
    ]);
    const [own] = under.graph.nodes.filter(({ title }) => title === 'Release of version 1');
    expect(under.graph.edges).toContainEqual({ from: own!.id, relation: 'had asked for', to: under.start });
  });

  it('names who approved the version, also where a revert brought it back', async () => {
    const after = await trace(`late.1.3.${POD}.${ANSWERED_MS.toString(36)}.2`);
    expect(after.manifest).toMatchObject({ proof: 'signed', manifest: { serial: 3, champion: 1, candidate: null } });
    expect(after.release!.change).toMatchObject({ subject: 'Go back to version 1', pullRequest: null });
    expect(after.approved!.change.pullRequest).toMatchObject({ approvedBy: ['Grace'] });
    expect(describePrediction(after)).toMatch(
      /Released by Ada Test with commit \w+, without a pull request, which brought back what came by pull request #3 of Ada Test \(approved by Grace\)/,
    );
    expect(traced.approved).toEqual(traced.release);
  });

  it('reads well', () => {
    const text = describePrediction(traced);
    expect(text).toContain('Version 1 of late answered on pod-1 at 2026-01-02 03:04:05 UTC, under manifest 1 of prod.');
    expect(text).toContain('Score 0.25 as champion for shop a, value 2; outcome true.');
    expect(text).toMatch(/Released by pull request #3 of Ada Test \(approved by Grace\)/);
    expect(text).toContain(
      'Every step was checked against a signature, a digest or Git; the prediction log has a line of the answer itself.',
    );
  });
});

describe('a trace where something is gone', () => {
  const firstManifest = () =>
    targetKey('prod', manifestTarget('late'), traced.manifest!.digest.slice('sha256:'.length));

  it('falls back on the release history when the chain is broken, and says so', () =>
    withObjects({ [firstManifest()]: null }, async () => {
      const { doubts, manifest, release } = await trace();
      expect(manifest).toBeNull();
      expect(release!.version).toBe(1);
      expect(doubts.join()).toContain('manifest 1 is not in the store any more');
    }));

  it('says that a branch was rewritten under a manifest, and tells what the head knows', async () => {
    const rewritten = await world.copy();
    const git = await GitRepository.open(rewritten.forge);
    await git.run(['update-ref', 'refs/heads/main', 'main~1']);
    await git.run(['reflog', 'expire', '--expire=now', '--all']);
    await git.run(['gc', '--quiet', '--prune=now']);
    const { doubts, version } = await tracePrediction(
      rewritten.address,
      `late.1.3.${POD}.${ANSWERED_MS.toString(36)}.1`,
    );
    await rewritten.remove();
    expect(version.record.run).toBe('late-1');
    expect(doubts.join()).toMatch(/Manifest 3: its commit [0-9a-f]{40} is not on the main branch/);
  });

  it('does not take other content for an old manifest', () =>
    withObjects({ [firstManifest()]: '{"schema":"forged"}' }, async () => {
      expect((await trace()).manifest).toBeNull();
    }));

  it('says of what the store lost that it is lost, and tells the rest', () => {
    const { dataset, snapshot } = world.digests;
    const lost = [blobKey(dataset), blobKey(snapshot), 'runs/late/late-1.json'];
    return withObjects(Object.fromEntries(lost.map((key) => [key, null])), async () => {
      const { doubts, version } = await trace();
      expect(version.record.trainedOn.dataset).toBe(dataset);
      expect(doubts).toHaveLength(3);
      for (const doubt of doubts) expect(doubt).toMatch(/not .* any more/);
    });
  });

  it('does not believe what is no record of the files that were read', async () => {
    const { key } = await onlyObject('provenance/snapshots/');
    for (const text of ['{', 'null', '{"schema":"signalbox/snapshot-inputs/1","files":7}']) {
      await withObjects({ [key]: text }, async () => {
        expect((await trace()).doubts.join()).toContain('which files it was read from was not kept');
      });
    }
  });

  it('is refused where nothing is published', () =>
    withObjects({ 'tuf/prod/timestamp.json': null }, async () => {
      expect((await refusal(trace())).message).toBe('nothing was ever published for late in prod');
    }));

  it('takes nothing that is no record for the logged line, and believes no outcomes that contradict each other', async () => {
    const logged = await onlyObject(`evidence/prod/${POD}/predictions/`);
    const said = await onlyObject('evidence/prod/pod-2/outcomes/');
    const hostile = [`{"id":"${id}"`, `["${id}"]`, `"${id}"`, logged.text.replace('{"value":2}', 'null').trim()];
    const twice = `${said.text}${said.text.replace('true', 'false')}null\n{}\n`;
    await withObjects({ [logged.key]: hostile.join('\n'), [said.key]: twice }, async () => {
      const { doubts, prediction } = await trace();
      expect(prediction.logged).toBeNull();
      expect(prediction.outcomes).toHaveLength(2);
      expect(doubts.join()).toContain('its outcomes contradict each other');
    });
  });

  it('says when the logged line names another package than the version', async () => {
    const { key, text } = await onlyObject(`evidence/prod/${POD}/predictions/`);
    await withObjects({ [key]: text.replace(digestOf(1), digestOf(2)) }, async () => {
      expect((await trace()).doubts.join()).toContain(`its logged line names the package ${digestOf(2)}`);
    });
  });
});

describe('the time of an id', () => {
  const MINUTE_MS = 60_000;
  const at = (serial: number, wallMs: number) => `late.1.${serial}.${POD}.${wallMs.toString(36)}.7`;

  it.each([0, ANSWERED_MS - MINUTE_MS - 1])('is refused before its manifest was decided: %d', async (wallMs) => {
    const error = await refusal(trace(at(1, wallMs)));
    expect(error).toMatchObject({ code: 'input/unknown-reference' });
    expect(error.message).toContain('manifest 1 was decided at 2026-01-02 03:04:05 UTC, after the time');
  });

  it('is doubtful well after the successor was decided, and as good as ever where there is none', async () => {
    expect((await trace(at(1, ANSWERED_MS + 5 * MINUTE_MS))).doubts).toEqual([]);
    const late = await trace(at(1, ANSWERED_MS + 5 * MINUTE_MS + 1));
    expect(late.doubts.join()).toContain('manifest 1 had been replaced at 2026-01-02 03:04:05 UTC');
    expect(describePrediction(late)).not.toContain('Every step was checked');
    expect((await trace(at(3, ANSWERED_MS + 60 * MINUTE_MS))).doubts).toEqual([]);
  });

  it('is said not to be checked where nobody knows when its manifest was decided', async () => {
    const { digest, manifest } = traced.manifest!;
    await withObjects({ [decisionKey(manifest, digest)]: null }, async () => {
      expect((await trace(at(1, 0))).doubts.join()).toContain('when manifest 1 was decided is not in the store');
    });
  });
});

describe('an id that cannot be', () => {
  it.each([
    ['nonsense', 'input/bad-argument', 'is no prediction id'],
    ['late.1.1.pod-1.zzzzzzzzz.1', 'input/bad-argument', 'names an answer of the future'],
    ['early.1.1.pod-1.mjvw.1', 'input/unknown-reference', 'no model "early"'],
    ['late.7.1.pod-1.mjvw.1', 'input/unknown-reference', 'no pod could answer by version 7 of late under manifest 1'],
    ['late.1.9.pod-1.mjvw.1', 'input/unknown-reference', 'manifest 9 of late was never published to prod'],
    ['late.1.1.pod-9.mjvw.1', 'input/unknown-reference', 'no pod named "pod-9" ever wrote to environment prod'],
  ])('is refused: %s', async (forged, code, message) => {
    const error = await refusal(trace(forged));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(message);
  });

  it('is told which pods there are', async () => {
    expect((await refusal(trace('late.1.1.pod-9.mjvw.1'))).hint).toContain('These did: pod-1, pod-2.');
  });
});

describe('the trace of a file', () => {
  it('leads from a data file to every snapshot, dataset, run, version, release, manifest and logged prediction', async () => {
    const { answers, notes, predictions, touched } = await traceFile(world.address, 'events.csv');
    expect(touched).toEqual({
      snapshot: 1,
      dataset: 2,
      run: 2,
      version: 2,
      release: 3,
      manifest: 3,
      predictions: 1,
    });
    expect(predictions).toBe(1);
    expect(answers).toBe(40);
    expect(notes).toEqual([expect.stringMatching(/^Not counted: versions of branches that were not merged/)]);
  });

  it('finds the same by the content of a copy, by its digest and by the beginning of that', async () => {
    const copy = join(world.folder, '.signalbox', 'copy.csv');
    await writeFile(copy, 'at,value\n2001-01-05 00:00:00,1.5\n2001-02-05 00:00:00,0.5\n');
    const { input } = world.digests;
    for (const name of [copy, input, input.slice('sha256:'.length, 20)]) {
      expect((await traceOf(name)).start).toEqual([`data-file:${input}`]);
    }
  });

  it('leads from a source to its snapshot and on', async () => {
    const { touched } = await traceOf('features/sources/events.yaml');
    expect(touched).toMatchObject({ snapshot: 1, dataset: 2, version: 2 });
  });

  it('leads from a view, a model card and the code to what they went into', async () => {
    for (const name of ['features/views/request.yaml', 'models/late/model.yaml', 'models/late/train.py']) {
      expect((await traceOf(name)).touched).toMatchObject({ run: 2, version: 2, manifest: 3 });
    }
  });

  it('begins at the newer of two states of a file with that one only', async () => {
    const snapshot = await traceOf(world.digests.snapshot);
    expect(snapshot.touched).not.toHaveProperty('snapshot');
    expect(snapshot.touched.dataset).toBe(2);
  });

  it('tells a package from the manifests that carried it', async () => {
    expect((await traceOf(digestOf(2))).touched).toEqual({ release: 1, manifest: 1 });
    expect((await traceOf(digestOf(1))).touched).toMatchObject({ release: 2, manifest: 3, predictions: 1 });
  });

  it('leaves the number of predictions out where they are not followed: from a release or a manifest', async () => {
    for (const name of ['releases/prod/late.yaml', traced.manifest!.digest]) {
      const found = await traceOf(name);
      expect(found).toMatchObject({ predictions: null, answers: null });
      expect(describeFile(found)).not.toContain('prediction');
    }
  });

  it('knows runs by their id', async () => {
    expect((await traceOf('late-2')).touched).toMatchObject({ version: 1 });
  });

  it('says when the file has changed since it was ingested', async () => {
    await writeFile(join(world.folder, 'events.csv'), 'at,value\n');
    const { notes, touched } = await traceOf('events.csv');
    await world.git.run(['restore', 'events.csv']);
    expect(touched.snapshot).toBe(1);
    expect(notes[0]).toContain('events.csv has changed since it was ingested');
  });

  it('refuses what nothing was made from, and says what there is', async () => {
    await expect(traceOf('README.md')).rejects.toMatchObject({
      code: 'input/unknown-reference',
      message: 'there is no "README.md" in this lineage',
      hint: expect.stringContaining('known: events.csv'),
    });
  });

  it('reads well, and each thing is written out once', async () => {
    const text = describeFile(await traceOf('events.csv'));
    expect(text.split('\n')[0]).toBe(
      'events.csv touched 1 snapshot, 2 datasets, 2 runs, 2 versions, 3 releases, 3 manifests, 40 predictions (1 in the log) in prod.',
    );
    expect(text.match(/Run late-1 {2}\(/g)).toHaveLength(1);
  });

  it('draws a chart with one box a node and one arrow an edge', async () => {
    const { graph } = await traceOf('events.csv');
    const lines = mermaidOf(graph).split('\n');
    expect(lines).toHaveLength(1 + graph.nodes.length + graph.edges.length);
    expect(lines.slice(1).every((line) => /^ {2}n\d+/.test(line))).toBe(true);
  });
});

describe('signalbox lineage', () => {
  const run = (what: string, options: Readonly<Record<string, string | boolean>> = {}) =>
    lineageCommand.run([what], { env: 'prod', ...options }, {
      repo: world.folder,
      wallNow: Date.now,
    } as CommandContext);

  it('tells an id from a file, and answers in words, as a chart and for machines', async () => {
    const { json, text } = await run(id);
    expect(text).toBe(describePrediction(json as PredictionTrace));
    expect((await run(id, { mermaid: true })).text).toMatch(/^flowchart TB\n/);
    expect((await run('events.csv')).text).toMatch(/^events\.csv touched 1 snapshot/);
  });

  it('says what is wrong with what looks like an id', async () => {
    await expect(run('Late.1.1.pod-1.mjvw.1')).rejects.toMatchObject({ code: 'input/bad-argument' });
  });

  it('asks for an environment that there is', async () => {
    await expect(run(id, { env: 'nowhere' })).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });
});
