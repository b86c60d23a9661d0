import { liftCommand } from '../changes/hold.js';
import { describeManifest } from '../status/describe.js';
import type { EmergencyResult } from './emergency.js';

/** What was signed by hand, and how Git is brought level with it afterwards: the commands are complete, because nobody looks things up in an incident. */
export function describeEmergency({ manifest, reasons }: EmergencyResult): string {
  const { champion, environment, model, serial } = manifest;
  const lift = liftCommand({ environment, model, version: champion });
  return [
    `${environment}/${model} published ${describeManifest(manifest)}`,
    ...reasons.map((one) => `  ${one}`),
    'Pods take it at their next poll. It stands until Git asks for the same:',
    '  once Git can be reached, the reconciler opens the pull request for that; or do it yourself:',
    `  signalbox rollback ${model} --to ${champion} --env ${environment} --merge`,
    `  That is refused while a hold names version ${champion}; lift it first: ${lift} --merge`,
    `To let Git decide as it stands, merge a commit whose message ends in: End-emergency: ${environment}/${model}@${serial}`,
    `  an empty one (git commit --allow-empty) on a branch of its own, or one that changes releases/${environment}/: elsewhere the line is not heard`,
  ].join('\n');
}
