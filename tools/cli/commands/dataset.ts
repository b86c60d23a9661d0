import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compileBundle, type Model, parseInstantUs, SignalboxError } from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { buildDataset, takeSnapshots } from '../../dataset/index.js';
import type { CommandDefinition } from '../command.js';
import { openData, STORE_OPTION } from '../data-options.js';

export const datasetCommand: CommandDefinition = {
  name: 'dataset',
  summary: 'Build the point-in-time dataset of a model: only what could be known at each label',
  example: 'signalbox dataset flight-delay --period training --out .signalbox/training.parquet',
  arguments: [{ name: '<model>', description: 'a folder under models/' }],
  options: [
    { flags: '--period <name>', description: 'training or evaluation', default: 'training' },
    { flags: '--out <file>', description: 'also copy the Parquet file there' },
    STORE_OPTION,
  ],
  async run(args, options, context) {
    const model = args[0]!;
    const data = await openData(options.env, context);
    const { bundle } = compileBundle(data.workspace, model);
    const definition = data.workspace.models.get(model)!;
    const period = periodOf(definition, String(options.period));
    const untilUs = parseInstantUs(definition.evaluation.period.to);
    context.progress(`snapshots until ${definition.evaluation.period.to}`);
    const snapshots = await takeSnapshots({ ...data, untilUs }, { bundle, also: [definition.label.source] });
    context.progress(`labels from ${period.from} to ${period.to}`);
    const times = { fromUs: parseInstantUs(period.from), toUs: parseInstantUs(period.to) };
    const { dataset, digest, cached } = await buildDataset({ ...data, model, snapshots, ...times });
    const path = await data.store.localPath(blobKey(dataset.file.digest));
    if (typeof options.out === 'string') await copyFile(path, resolve(options.out));
    const share = ((100 * dataset.positives) / dataset.rows).toFixed(1);
    const text = [
      `${dataset.rows} labels (${share} % positive) with ${bundle.order.length} features${cached ? ', as built before' : ''}`,
      `dataset ${digest.slice(0, 19)}: ${typeof options.out === 'string' ? options.out : path}`,
    ];
    return { text: text.join('\n'), json: { digest, cached, path, ...dataset } };
  },
};

function periodOf(model: Model, name: string): Model['training']['period'] {
  if (name === 'training' || name === 'evaluation') return model[name].period;
  throw new SignalboxError('input/bad-argument', `expected --period training or evaluation, got '${name}'`);
}
