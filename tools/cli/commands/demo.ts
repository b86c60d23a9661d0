import { resolve } from 'node:path';
import { runDemo, writeSummary } from '../../demo/index.js';
import type { CommandDefinition } from '../command.js';

export const demoCommand: CommandDefinition = {
  name: 'demo',
  summary: 'The whole story on three million real flights, in about a minute and a half',
  example: 'signalbox demo --keep',
  options: [
    { flags: '--keep', description: 'leave the pods running, and say where' },
    { flags: '--summary <file>', description: 'write what was measured as JSON' },
    { flags: '--dir <folder>', description: 'where to play (default: a new folder under the temporary folder)' },
  ],
  async run(_args, { keep, summary, dir }, context) {
    const place = typeof dir === 'string' ? { folder: resolve(context.repo, dir) } : {};
    const played = await runDemo(context, { keep: keep === true, ...place });
    if (typeof summary === 'string') await writeSummary(resolve(context.repo, summary), played.summary);
    return { text: `\n${played.text}`, json: played.summary };
  },
};
