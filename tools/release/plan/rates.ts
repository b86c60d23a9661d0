import { resolve } from 'node:path';
import { parseDurationUs, type Workspace } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { readWindows } from '../../evidence/index.js';
import { eventNowUs } from '../event-clock.js';
import type { LiveRates, Plan } from './plan.js';

const DAY_US = parseDurationUs('1d');
const HOUR_US = parseDurationUs('1h');

export interface RatesQuestion {
  /** Relative addresses of stores start here. */
  readonly repo: string;
  /** The main branch's documents: no other says where evidence lies. */
  readonly workspace: Workspace;
  readonly wallNow: () => number;
}

/** Requests an hour in the last day of event time of each model whose costs a plan tells. Where no evidence can be read, no rate is told. */
export async function readLiveRates({ changes }: Plan, question: RatesQuestion): Promise<LiveRates> {
  const rates = new Map<string, number>();
  for (const { cost, environment, model } of changes) {
    if (cost === null || model === null) continue;
    const rate = await rateOf(environment, model, question).catch(() => null);
    if (rate !== null) rates.set(`${environment}/${model}`, rate);
  }
  return rates;
}

async function rateOf(
  environment: string,
  model: string,
  { repo, wallNow, workspace }: RatesQuestion,
): Promise<number | null> {
  const settings = workspace.environments.get(environment)?.environment;
  const nowUs = settings === undefined ? null : await eventNowUs(repo, settings, wallNow);
  if (settings === undefined || nowUs === null) return null;
  const store = openBlobStore(resolve(repo, settings.stores.artifacts));
  const period = { fromUs: nowUs - DAY_US, toUs: nowUs };
  const { cells } = await readWindows(store, { environment, model, ...period, wallNowMs: wallNow() });
  // Copies in shadow are asked beside an answer, and a rule costs no model.
  const answered = cells.filter(({ route }) => route !== 'shadow' && route !== 'rule');
  if (answered.length === 0) return null;
  const firstUs = Math.min(...answered.map(({ windowUs }) => windowUs));
  const asked = answered.reduce((sum, cell) => sum + cell.asked, 0);
  return asked / Math.max(1, (nowUs - firstUs) / HOUR_US);
}
