import { type EnvironmentWorkspace, SignalboxError } from '@signalbox/contracts';
import { modelPath } from '../desired/desired.js';
import type { ReleaseSession } from './release-session.js';

/** What a name of a command line stands for. Errors: `input/unknown-reference`, which lists what there is. */
export function known<K extends string | number, V>(map: ReadonlyMap<K, V>, key: K, what: string): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  throw unknownName(key, what, [...map.keys()]);
}

export function unknownName(key: string | number, what: string, names: readonly (string | number)[]): SignalboxError {
  return new SignalboxError('input/unknown-reference', `the main branch has no ${what} "${key}"`, {
    hint: `It has: ${names.join(', ') || 'none'}. Documents count once they are merged; ${modelPath('<name>')} is a model.`,
  });
}

export const environmentOf = ({ main }: ReleaseSession, environment: string): EnvironmentWorkspace =>
  known(main.workspace.environments, environment, 'environment');
