import type { NewPullRequest } from '../forge/index.js';
import { inert } from '../handover/index.js';
import type { Obstacle } from './speak/index.js';

/**
 * What heads a request that something other than the gates stopped after the judge had let it through or not: the judge's report would say that it may be
 * released. Null where nothing but the gates stands against it. Pure.
 */
export function stopOf(model: string, obstacles: readonly Obstacle[]): Pick<NewPullRequest, 'body' | 'title'> | null {
  if (obstacles.every(({ kind }) => kind === 'refused')) return null;
  const lines = obstacles.map(({ sentence }) => `- ${inert(sentence)}`);
  return {
    title: `${model}: ${TITLES[obstacles.find(({ kind }) => kind !== 'refused')!.kind]}`,
    body: `## ❌ ${model}: this cannot be merged\n\n${lines.join('\n')}\n`,
  };
}

const TITLES: Readonly<Record<Obstacle['kind'], string>> = {
  conflict: 'it conflicts with the main branch',
  documents: 'documents are wrong',
  missing: 'not everything that it changes was judged',
  refused: 'a candidate that the gates refuse',
  taken: 'its version number is taken: rebase and propose again',
  untrusted: 'a candidate that is not taken',
};
