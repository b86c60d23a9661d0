import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWorkspace } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cellWith } from '../../../tests/support/evidence-cells.js';
import { toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { NOW_MS, segmentOf, writeSegment } from '../../../tests/support/written-evidence.js';
import { planChange } from './plan.js';
import { readLiveRates } from './rates.js';

const HOUR_US = 3_600_000_000;
let repo: string;
beforeAll(async () => {
  repo = await mkdtemp(join(tmpdir(), 'signalbox-rates-'));
});
afterAll(() => rm(repo, { recursive: true, force: true }));

const workspaceAt = (version: number) => {
  const release = { 'releases/prod/late.yaml': { version, strategy: 'canary' } };
  return parseWorkspace(new Map(Object.entries(toYaml({ ...worldDocuments(), ...release })))).workspace;
};

it('is what pods counted in the last day, by the hour, without copies, rules and other models', async () => {
  const workspace = workspaceAt(1);
  const plan = planChange(workspace, workspaceAt(2));
  const question = { repo, workspace, wallNow: () => NOW_MS };
  expect(await readLiveRates(plan, question)).toEqual(new Map());

  const counted = (hoursAgo: number, asked: number, change: object = {}) =>
    cellWith({ model: 'late', route: 'champion', windowUs: NOW_MS * 1000 - hoursAgo * HOUR_US, asked, ...change });
  const cells = [
    counted(4, 3000),
    counted(2, 5000, { route: 'candidate' }),
    counted(2, 900, { route: 'shadow' }),
    counted(1, 900, { route: 'rule' }),
    counted(1, 900, { model: 'other' }),
    counted(30, 900),
  ];
  await writeSegment(openBlobStore(join(repo, '.signalbox/store')), segmentOf(cells));
  expect(await readLiveRates(plan, question)).toEqual(new Map([['prod/late', 2000]]));
  expect(await readLiveRates(planChange(workspace, workspace), question)).toEqual(new Map());
});
