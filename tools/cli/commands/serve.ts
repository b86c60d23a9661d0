import { resolve } from 'node:path';
import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { type PodOptions, parsePodOptions, servePod } from '@signalbox/serving/pod';
import { environmentNamed, storeAddresses } from '../../features/index.js';
import { rootPath } from '../../trust/index.js';
import { tellFindings, validateFolder } from '../../validate/index.js';
import type { CommandContext, CommandDefinition } from '../command.js';

type Options = Readonly<Record<string, string | boolean | undefined>>;

export const serveCommand: CommandDefinition = {
  name: 'serve',
  summary: 'Run a pod: follow the signed manifests and answer predictions over HTTP',
  example: 'signalbox serve --env prod --port 8080',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--host <address>', description: 'Address to listen on', default: '127.0.0.1' },
    { flags: '--port <number>', description: 'Port to listen on; 0 takes a free one', default: '8080' },
    { flags: '--name <name>', description: 'Name of this pod, unique in the environment', default: 'pod-1' },
    { flags: '--poll <duration>', description: 'Longest time between two polls (default: what the environment says)' },
    { flags: '--address-file <file>', description: 'Write the address here once the pod listens' },
    {
      flags: '--log-rate <share>',
      description: 'Share of predictions that the log keeps (default: 1 in a replay, else 0.1)',
    },
    {
      flags: '--evidence-interval <duration>',
      description: 'How often counted evidence is written (default: what the environment says)',
    },
    { flags: '--body-limit <bytes>', description: 'Largest request body (default: 1048576)' },
  ],
  async run(_args, options, context) {
    const pod = podOptions(await podArguments(options, context));
    await servePod(pod, {
      signal: context.signal,
      onListening: (address) => context.say(JSON.stringify({ listening: address })),
      logger: {
        info: context.progress,
        warn: context.progress,
        error: (details, message) => context.progress(`${message}: ${detailsText(details)}`),
      },
    });
    // The frame tells people that a signal stopped the verb.
    return { text: '', json: { stopped: true } };
  },
};

/** The usage of `signalbox-pod` names options that this verb fills in itself, so the hint is this verb's own. */
function podOptions(argv: readonly string[]): PodOptions {
  try {
    return parsePodOptions(argv);
  } catch (error) {
    if (!isSignalboxError(error) || error.code !== 'input/bad-argument') throw error;
    throw new SignalboxError(error.code, error.message, {
      hint: 'signalbox serve --help lists the options',
      cause: error,
    });
  }
}

/** The command line of `signalbox-pod serve` for an environment of this repository. */
async function podArguments(options: Options, { progress, repo }: CommandContext): Promise<string[]> {
  const name = String(options.env);
  const { findings, workspace } = await validateFolder(repo);
  const { environment } = environmentNamed(workspace, name, findings);
  tellFindings(findings, progress);
  const stores = storeAddresses(repo, environment);
  const pod = String(options.name);
  const { poll, evidence } = environment.pods;
  const given: Options = { evidenceInterval: evidence, ...options, poll: options.poll ?? poll };
  const passed = ['host', 'port', 'poll', 'name'].flatMap((option) => [`--${option}`, text(given, option)]);
  passed.push('--evidence-interval', text(given, 'evidenceInterval'));
  if (options.logRate !== undefined) passed.push('--log-rate', text(options, 'logRate'));
  if (options.bodyLimit !== undefined) passed.push('--body-limit', text(options, 'bodyLimit'));
  if (options.addressFile !== undefined) passed.push('--address-file', resolve(repo, text(options, 'addressFile')));
  return [
    ...['--env', name, '--artifacts', stores.artifacts, '--online', stores.online, '--log', stores.log],
    ...['--root', rootPath(repo, name), '--cache', resolve(repo, '.signalbox', 'pods', pod)],
    ...passed,
  ];
}

function text(options: Options, name: string): string {
  const value = options[name];
  if (typeof value === 'string') return value;
  throw new SignalboxError('input/bad-argument', `--${name} needs a value`);
}

function detailsText(details: object): string {
  const { err } = details as { err?: unknown };
  return err instanceof Error ? (err.stack ?? err.message) : JSON.stringify(details);
}
