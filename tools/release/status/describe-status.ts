import { describeManifest, describeVerdict, describeWithdrawal } from './describe.js';
import type { EnvironmentStatus, ModelStatus, PodLine } from './status.js';

export function describeStatus({ commit, environment, models, notes }: EnvironmentStatus): string {
  const at = commit === null ? 'without its main branch' : `at ${commit.slice(0, 12)}`;
  const title = [`${environment} ${at}`, ...notes.map((note) => `  ${note}`)].join('\n');
  if (models.length === 0) return `${title}\n  nothing has been ${commit === null ? 'published' : 'promoted'} yet`;
  return [title, ...models.map(describeModel)].join('\n\n');
}

function describeModel(status: ModelStatus): string {
  const { desired, due, model, notes, pods, published, reasons, verdicts, withdrawal } = status;
  const asked = desired ? `version ${desired.version}, by strategy ${desired.strategy}` : 'nothing that can be read';
  const state = published === null ? 'nothing' : describeManifest(published);
  const lines = [
    ['desired', asked],
    ['published', state],
    ...[...reasons, ...verdicts.map(describeVerdict), ...notes].map((one) => ['', one]),
    ...(withdrawal === null ? [] : [['', describeWithdrawal(withdrawal)]]),
    ...(due ? [['', 'this is due: the reconciler has not published it yet']] : []),
    ...podLines(pods),
  ];
  return [model, ...lines.map(([name, text]) => `  ${name!.padEnd(11)}${text}`)].join('\n');
}

function podLines(pods: readonly PodLine[]): readonly (readonly string[])[] {
  if (pods.length === 0) return [['applied', 'by no pod']];
  const width = Math.max(...pods.map((one) => one.pod.length));
  return pods.map(({ address, appliedSerial, difference, loaded, pod, servedSerial }, i) => {
    const versions = loaded.length === 0 ? 'nothing loaded' : `loaded ${loaded.map((one) => `v${one}`).join(' ')}`;
    const text = `${pod.padEnd(width)}  serial ${servedSerial ?? appliedSerial ?? '–'}  ${versions}  ${address}`;
    return [i === 0 ? 'applied' : '', difference === null ? text : `${text}  (${difference})`];
  });
}
