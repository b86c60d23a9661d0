import { MS_PER_DAY, SignalboxError } from '@signalbox/contracts';
import {
  describeKeys,
  exportKeys,
  keyFolderOf,
  keysDir,
  mintEnvironment,
  openReader,
  ROTATABLE_KINDS,
  rotateKey,
  showKeys,
} from '../../trust/index.js';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.js';
import { neededOption } from './release-options.js';

type Options = Readonly<Record<string, string | boolean | undefined>>;

export const keysCommand: CommandDefinition = {
  name: 'keys',
  summary: 'Mint, show, export or rotate the signing keys of an environment',
  example: 'signalbox keys mint --env prod',
  arguments: [
    {
      name: '<action>',
      description:
        '`mint` (new keys and their root; never replaces any), `show`, `export` (all but the offline keys as one line, for a secret named SIGNALBOX_KEYS), or `rotate`',
    },
    {
      name: '[kind]',
      description: 'With `rotate`: which key gets another in its place, such as `timestamp` or `emergency`',
    },
  ],
  options: [
    { flags: '--env <name>', description: 'the environment; `show` shows those of prod unless it is given' },
    { flags: '--root-keys <n>', description: 'how many root keys to mint', default: '1' },
    { flags: '--threshold <n>', description: 'how many root keys must sign the next root', default: '1' },
  ],
  async run([action, kind], given, context) {
    const options = { ...given, env: action === 'show' ? (given.env ?? 'prod') : given.env };
    if (kind !== undefined && ['mint', 'show', 'export'].includes(action!)) {
      throw new SignalboxError('input/bad-argument', `keys ${action} takes no kind of key, got ${kind}`, {
        hint: `It is for all keys of the environment: signalbox keys ${action} --env ${options.env}`,
      });
    }
    if (ACTIONS.includes(action!)) neededOption(options, 'env', `signalbox keys ${action} --env prod`);
    if (action === 'mint') return mint(options, context);
    if (action === 'show') return show(options, context);
    if (action === 'export') return exportLine(options, context);
    if (action === 'rotate') return rotate(kind, options, context);
    throw new SignalboxError('input/bad-argument', `expected mint, show, export or rotate, got ${action}`, {
      hint: 'For example: signalbox keys show --env prod',
    });
  },
};

const ACTIONS = ['mint', 'show', 'export', 'rotate'];

/** More holders than that can hardly be gathered. */
const MOST_ROOT_KEYS = 100;

function countOf(name: string, text: string | boolean | undefined): number {
  if (/^[1-9][0-9]{0,2}$/.test(`${text}`) && Number(text) <= MOST_ROOT_KEYS) return Number(text);
  throw new SignalboxError(
    'input/bad-argument',
    `--${name} is a whole number from 1 to ${MOST_ROOT_KEYS}; got "${text}"`,
  );
}

async function mint(options: Options, { repo, wallNow }: CommandContext): Promise<CommandResult> {
  const environment = String(options.env);
  const numbers = {
    rootKeys: countOf('root-keys', options.rootKeys),
    threshold: countOf('threshold', options.threshold),
  };
  const minted = await mintEnvironment({ repo, environment, nowMs: wallNow(), ...numbers });
  const text = [
    `Keys of ${environment} are in ${minted.keysDir}: keep them out of Git, and the targets key off servers.`,
    'Take root-*.pem and emergency-*.pem off this machine, each to a safe place of its own: the root key names new keys, the emergency key goes back while Git is down.',
    `Their root is ${minted.rootPath}: commit it; pods pin it.`,
  ];
  return { text: text.join('\n'), json: { environment, keys: minted.keysDir, root: minted.rootPath } };
}

async function show(options: Options, { repo }: CommandContext): Promise<CommandResult> {
  const environment = String(options.env);
  const keys = await showKeys(repo, environment);
  return { text: describeKeys(keys), json: { environment, keys } };
}

async function exportLine(options: Options, { repo, progress }: CommandContext): Promise<CommandResult> {
  const environment = String(options.env);
  const keys = await exportKeys(keyFolderOf(repo, environment));
  progress('What follows signs releases: put it straight into a secret store, and nowhere else.');
  return { text: keys, json: { environment, keys } };
}

/** How long the timestamp is valid that it signs: the reconciler signs the next one within hours. */
const TIMESTAMP_VALIDITY_MS = MS_PER_DAY;

async function rotate(
  named: string | undefined,
  options: Options,
  { repo, wallNow }: CommandContext,
): Promise<CommandResult> {
  const environment = String(options.env);
  const kind = ROTATABLE_KINDS.find((one) => one === named);
  if (kind === undefined) {
    throw new SignalboxError(
      'input/bad-argument',
      `expected one of ${ROTATABLE_KINDS.join(', ')}, got ${named ?? 'none'}`,
      {
        hint: 'For example: signalbox keys rotate timestamp --env prod. Root keys are rotated by their holders, by hand.',
      },
    );
  }
  const reader = await openReader(repo, environment);
  const about = { ...reader, dir: keysDir(repo), kind, wallNow, timestampValidityMs: TIMESTAMP_VALIDITY_MS };
  const rotated = await rotateKey(about);
  const dropped =
    rotated.dropped.length === 0
      ? 'There was none before.'
      : `${rotated.dropped.join(', ')} is worth nothing any more.`;
  const by = rotated.rootVersion === null ? 'the targets role' : `root version ${rotated.rootVersion}`;
  const text = [
    `The ${kind} key of ${environment} is ${rotated.keyId}, by ${by}. ${dropped}`,
    'Pods follow by themselves from the root that they pin, and a reconciler that reads this key folder takes the new key at its next pass; nothing is to be committed.',
    kind === 'emergency'
      ? 'Take it off this machine, to where the one before lay.'
      : `Whoever signs elsewhere needs the new keys, and a start with them: signalbox keys export --env ${environment}`,
  ];
  return { text: text.join('\n'), json: { environment, kind, ...rotated } };
}
