import { SignalboxError } from '@signalbox/contracts';
import { podsOf } from '../../evidence/index.js';
import type { LineageContext } from './context.js';

/** Every pod leaves at least its status under its own name. Errors: `input/unknown-reference` for a name that no pod ever wrote under. */
export async function assertPodWrote({ environment, store }: LineageContext, pod: string): Promise<void> {
  for await (const _ of store.list(`evidence/${environment}/${pod}/`)) return;
  const known = await podsOf(store, environment);
  throw new SignalboxError(
    'input/unknown-reference',
    `no pod named "${pod}" ever wrote to environment ${environment}`,
    {
      hint: `These did: ${known.join(', ') || 'none'}. The id is forged, or of another environment (--env).`,
    },
  );
}
