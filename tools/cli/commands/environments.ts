import { SignalboxError } from '@signalbox/contracts';
import type { OutcomeOf } from '../../release/index.js';
import type { CommandResult, OptionDefinition } from '../command.js';
import { formatError } from '../report-error.js';
import { textOption } from './release-options.js';

/** Of verbs that work on one environment, several or all of them. */
export const ENVIRONMENT_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--env <name>', description: 'The environment (default: prod); again for more', repeatable: true },
  { flags: '--all', description: 'Every environment that the main branch has' },
];

/** Errors: `input/bad-argument`. */
export async function environmentsIn(
  options: Readonly<Record<string, string | boolean | undefined>>,
  all: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const named = [...new Set((textOption(options, 'env') ?? '').split(',').filter((name) => name !== ''))];
  if (options.all !== true) return named.length === 0 ? ['prod'] : named;
  if (named.length === 0) return all();
  throw new SignalboxError('input/bad-argument', '--all is given together with --env', {
    hint: 'Give one of the two.',
  });
}

/** The answer of several environments: each says its own, or what is wrong with it. Exit code 1: something is wrong with one. */
export function answerOfEach<T>(
  outcomes: readonly OutcomeOf<T>[],
  { answer, between }: { readonly answer: (environment: string, result: T) => CommandResult; readonly between: string },
): CommandResult {
  const answers = outcomes.map((one) =>
    'result' in one ? answer(one.environment, one.result) : refusal(one.environment, one.error),
  );
  const failed = outcomes.some((one) => 'error' in one);
  return {
    text: answers.map((one) => one.text).join(between),
    json: { environments: answers.map((one) => one.json) },
    ...(failed ? { exitCode: 1 } : {}),
  };
}

function refusal(environment: string, error: SignalboxError): CommandResult {
  const text = `${environment}: ${formatError(error, { debug: false }).trimEnd()}`;
  const { code, hint = null, message } = error;
  return { text, json: { environment, error: { code, message, hint } } };
}
