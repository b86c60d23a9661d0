import { SignalboxError } from '@signalbox/contracts';
import { describePlan, type ReleaseChangeResult } from '../../release/index.js';
import type { CommandResult } from '../command.js';

type Options = Readonly<Record<string, string | boolean | undefined>>;

/** A version number of an option. Errors: `input/bad-argument`. */
export function versionOption(options: Options, name: string): number | undefined {
  const text = options[name];
  if (text === undefined || typeof text === 'boolean') return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new SignalboxError('input/bad-argument', `--${name} is a version number, such as 2; got "${text}"`);
}

export function requiredVersion(options: Options, name: string): number {
  const version = versionOption(options, name);
  if (version !== undefined) return version;
  throw new SignalboxError('input/bad-argument', `--${name} is missing`, { hint: `Say which: --${name} 2` });
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** An option that one form of a verb needs. Errors: `input/bad-argument`. */
export function neededOption(options: Options, name: string, hint: string): string {
  const text = textOption(options, name);
  if (text !== undefined && text !== '') return text;
  throw new SignalboxError('input/bad-argument', `--${name} is missing`, { hint: `Say it: ${hint}.` });
}

/** Options that another form of a verb has: to ignore them would be to do something else than was said. Errors: `input/bad-argument`. */
export function refuseBeside(
  options: Options,
  about: { readonly not: readonly string[]; readonly because: string },
): void {
  const key = (name: string): string => name.replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
  const given = about.not.filter((name) => options[key(name)] !== undefined);
  if (given.length === 0) return;
  const flags = given.map((name) => `--${name}`).join(', ');
  throw new SignalboxError('input/bad-argument', `${flags} cannot be given here: ${about.because}`, {
    hint: `Nothing was changed. Leave out ${flags}, or give one command for each.`,
  });
}

/** What all verbs answer that open a pull request to a release. Exit code 1: it was to be merged, and too few people agreed or somebody asked for changes. */
export function changeAnswer(result: ReleaseChangeResult, asked: { readonly merge: boolean }): CommandResult {
  const { leftToDo, merged, number, plan, title } = result;
  const state =
    merged !== null
      ? `Merged as ${merged.slice(0, 12)}: the reconciler takes it up ${plan.stopped ? 'once the main branch is restored' : 'at its next poll'}, and \`signalbox status\` says what becomes of it. Your own clone gets it with git pull.`
      : notMerged(result, asked.merge);
  const text = `Pull request #${number}: ${title}\n${describePlan(plan)}\n${state}${leftToDo === null ? '' : `\n${leftToDo}`}`;
  return { text, json: result, ...(asked.merge && merged === null ? { exitCode: 1 } : {}) };
}

function notMerged({ missingApprovals, objection }: ReleaseChangeResult, asked: boolean): string {
  const said = asked ? 'Not merged' : 'Nothing has changed yet';
  if (objection !== null)
    return `${said}: ${objection} on the pull request. Come to an agreement there: until they approve it, or their review is dismissed, no verb and no bot merges it.`;
  if (missingApprovals === 0) return 'Nothing has changed yet: merge it, or run the same command with --merge.';
  const people = missingApprovals === 1 ? 'one person' : `${missingApprovals} people`;
  return `${said}: the policy asks that ${people} other than the author agree (on a local forge: --approve-as <name>).`;
}
