import { resolve } from 'node:path';
import type { RunRecord } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { figure } from '../../gates/index.js';
import { compareRuns, listRuns, readRun } from '../../tracking/index.js';
import type { CommandDefinition } from '../command.js';

export const runsCommand: CommandDefinition = {
  name: 'runs',
  summary: 'The training runs of a model, or what differs between two of them',
  example: 'signalbox runs flight-delay',
  arguments: [
    { name: '<model>', description: 'a folder under models/' },
    { name: '[run]', description: 'one run in full' },
    { name: '[other]', description: 'a second run: what differs between the two' },
  ],
  options: [{ flags: '--store <folder>', description: 'the artifact store', default: '.signalbox/store' }],
  run: async ([model = '', id, otherId], options, { repo }) => {
    const store = openBlobStore(resolve(repo, String(options.store)));
    if (id === undefined) {
      const runs = await listRuns(store, model);
      const none = `no run of ${model} yet: signalbox train ${model}`;
      return { text: runs.length === 0 ? none : runs.map(oneLine).join('\n'), json: runs };
    }
    const run = await readRun(store, model, id);
    if (otherId === undefined) return { text: JSON.stringify(run, null, 2), json: run };
    const differences = compareRuns(run, await readRun(store, model, otherId));
    const lines = differences.map(({ field, before, after }) => `  ${field}: ${before} -> ${after}`);
    const same = `${id} and ${otherId} are the same`;
    return { text: differences.length === 0 ? same : [`${id} -> ${otherId}`, ...lines].join('\n'), json: differences };
  },
};

function oneLine({ id, startedAt, commit, reported, wallSeconds }: RunRecord): string {
  const metrics = Object.entries(reported).map(([name, value]) => `${name} ${figure(value)}`);
  return `${id}  ${startedAt.slice(0, 19)}  ${commit.slice(0, 8)}  ${figure(wallSeconds)} s  ${metrics.join(', ')}`;
}
