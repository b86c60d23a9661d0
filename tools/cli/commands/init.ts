import { resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { describeSetup, initRepository, setUpGithub } from '../../init/index.js';
import { loadWorkspace } from '../../validate/index.js';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.js';
import { refuseBeside, textOption } from './release-options.js';

type Options = Parameters<CommandDefinition['run']>[1];

export const initCommand: CommandDefinition = {
  name: 'init',
  summary: 'A new repository that validates, trains and serves at once',
  example: 'signalbox init my-models',
  arguments: [{ name: '[folder]', description: 'a folder that does not exist yet, or an empty one' }],
  options: [
    {
      flags: '--github [repository]',
      description: 'Write the workflows and CODEOWNERS, and show what to set on GitHub (default: what origin names)',
    },
    { flags: '--apply', description: 'With --github: set it, with the token of an administrator' },
    { flags: '--app <slug>', description: 'With --github: the App that writes the required check' },
    {
      flags: '--owner <team>',
      description: 'With --github: who answers for releases and workflows: @name, @organisation/team',
    },
    { flags: '--program <commit>', description: 'With --github: owner/name@commit of Signalbox (default: this one)' },
  ],
  async run([folder], options, context) {
    if (options.github === undefined) {
      refuseBeside(options, { not: ['apply', 'app', 'owner', 'program'], because: 'it sets up GitHub, with --github' });
      if (folder === undefined) throw nothingAsked();
    }
    const made = folder === undefined ? null : await makeRepository(folder, context);
    if (options.github === undefined) return made!;
    const setup = await setUp(made === null ? context.repo : resolve(context.repo, folder!), options, context);
    if (made === null) return setup;
    return { text: `${made.text}\n\n${setup.text}`, json: { ...(made.json as object), github: setup.json } };
  },
};

async function makeRepository(folder: string, { repo, signal, wallNow }: CommandContext): Promise<CommandResult> {
  const made = await initRepository({ folder: resolve(repo, folder), wallNow, signal });
  const text = [
    `${made.folder} is ready: ${made.files.length} files in one commit, signing keys for staging and prod.`,
    `Next: cd ${folder} && npx signalbox validate, then what README.md says.`,
  ];
  return { text: text.join('\n'), json: made };
}

async function setUp(folder: string, options: Options, { env }: CommandContext): Promise<CommandResult> {
  const { GATES_CHECK } = await import('../../registry/index.js');
  const named = (['app', 'owner', 'program'] as const).flatMap((name) => {
    const text = textOption(options, name);
    return text === undefined ? [] : [[name, text]];
  });
  const repository = textOption(options, 'github');
  const result = await setUpGithub({
    folder,
    workspace: await loadWorkspace(folder),
    env,
    check: GATES_CHECK,
    apply: options.apply === true,
    ...(repository !== undefined && { repository }),
    ...Object.fromEntries(named),
  });
  return { text: describeSetup(result), json: result };
}

function nothingAsked(): SignalboxError {
  return new SignalboxError('input/bad-argument', 'init makes a new repository, or sets one up on GitHub', {
    hint: 'Name a folder: signalbox init my-models. Or inside a repository: signalbox init --github',
  });
}
