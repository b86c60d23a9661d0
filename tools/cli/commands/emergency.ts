import { describeEmergency, emergency } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { requiredVersion, textOption } from './release-options.js';

export const emergencyCommand: CommandDefinition = {
  name: 'emergency',
  summary: 'Go back to a version while Git cannot be reached, signed by hand with the emergency key',
  example: 'signalbox emergency flight-delay --to 1 --env prod --reason "the forge is down"',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    {
      flags: '--to <n>',
      description: 'The version that is to answer everything: one that pods have loaded',
      required: true,
    },
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--reason <text>', description: 'Why it cannot wait for Git, for people', required: true },
    { flags: '--key <file>', description: 'The emergency key (default: that of .signalbox/keys/<env>/)' },
    { flags: '--by <name>', description: 'Who decides (default: the name that Git knows)' },
    {
      flags: '--clock-is-right',
      description: 'Sign although what is published was signed by a clock ahead of this one',
    },
    { flags: '--artifacts <folder>', description: 'The artifact store (default: what environment.yaml says)' },
    { flags: '--root <file>', description: 'The root to trust (default: releases/<env>/root.json)' },
  ],
  async run([model = ''], options, { repo, wallNow }) {
    const environment = String(options.env);
    const [artifacts, by, keyFile, root] = ['artifacts', 'by', 'key', 'root'].map((name) => textOption(options, name));
    const result = await emergency({
      ...{ repo, environment, model, wallNow, clockIsRight: options.clockIsRight === true },
      to: requiredVersion(options, 'to'),
      reason: String(options.reason),
      places: { ...(artifacts === undefined ? {} : { artifacts }), ...(root === undefined ? {} : { root }) },
      ...(by === undefined ? {} : { by }),
      ...(keyFile === undefined ? {} : { keyFile }),
    });
    return { text: describeEmergency(result), json: { manifest: result.manifest, reasons: result.reasons } };
  },
};
