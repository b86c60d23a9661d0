import {
  describeStatus,
  type EnvironmentStatus,
  eachAlone,
  environmentsToLookAt,
  openPlaceToLook,
  readStatus,
} from '../../release/index.js';
import type { CommandDefinition, CommandResult } from '../command.js';
import { answerOfEach, ENVIRONMENT_OPTIONS, environmentsIn } from './environments.js';
import { textOption } from './release-options.js';

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'What is desired, published and applied, and why they differ',
  example: 'signalbox status --env prod',
  options: [
    ...ENVIRONMENT_OPTIONS,
    { flags: '--forge <folder>', description: 'The bare repository with the main branch (default: the remote origin)' },
  ],
  async run(_args, options, { env, repo, wallNow }) {
    const forge = textOption(options, 'forge');
    const address = { repo, env, wallNow, ...(forge === undefined ? {} : { forge }) };
    const place = await openPlaceToLook(address);
    const environments = await environmentsIn(options, () => environmentsToLookAt(place));
    const addresses = environments.map((environment) => ({ ...address, environment }));
    const [first, ...others] = addresses;
    if (first !== undefined && others.length === 0) return answer(first.environment, await readStatus(first, place));
    const outcomes = await eachAlone(addresses, (one) => readStatus(one, place));
    return answerOfEach(outcomes, { answer, between: '\n\n' });
  },
};

const answer = (_environment: string, status: EnvironmentStatus): CommandResult => ({
  text: describeStatus(status),
  json: status,
});
