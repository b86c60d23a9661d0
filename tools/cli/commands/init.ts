import { resolve } from 'node:path';
import { initRepository } from '../../init/index.js';
import type { CommandDefinition } from '../command.js';

export const initCommand: CommandDefinition = {
  name: 'init',
  summary: 'A new repository that validates, trains and serves at once',
  example: 'signalbox init my-models',
  arguments: [{ name: '<folder>', description: 'a folder that does not exist yet, or an empty one' }],
  async run([folder], _options, { repo, wallNow, signal }) {
    const made = await initRepository({ folder: resolve(repo, folder!), wallNow, signal });
    const text = [
      `${made.folder} is ready: ${made.files.length} files in one commit, signing keys for staging and prod.`,
      `Next: cd ${folder} && npx signalbox validate, then what README.md says.`,
    ];
    return { text: text.join('\n'), json: made };
  },
};
