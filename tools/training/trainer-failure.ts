import { SignalboxError } from '@signalbox/contracts';
import { SHELL_NAME, type TrainerOutcome } from './run-trainer.js';

export interface TrainerContext {
  readonly command: readonly string[];
  readonly timeout: string;
  readonly log: string;
  readonly logPath: string;
}

/** How many of the log's last lines an error shows. */
const SHOWN_LINES = 20;

/** What POSIX shells answer for a program that is not there, and for a file that cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Why the trainer's end is a failure, with the end of its log, or null when it ended well. */
export function trainerFailure({ end }: TrainerOutcome, context: TrainerContext): SignalboxError | null {
  const command = context.command.join(' ');
  const hint = `Run it again after a change; the whole log is ${context.logPath}.`;
  const failed = (what: string, next = hint) =>
    new SignalboxError('training/failed', `${what}${lastLines(context.log)}`, { hint: next });
  switch (end.kind) {
    case 'exited':
      if (end.code === 0) return null;
      if (/ENOSPC|No space left on device/i.test(context.log)) return diskFull(context);
      return programMissing(context, end.code) ?? failed(`the trainer \`${command}\` ended with exit code ${end.code}`);
    case 'killed':
      return failed(
        `the trainer \`${command}\` was ended by ${end.signal}`,
        end.signal === 'SIGKILL'
          ? `If the machine ran out of memory, use fewer rows or a smaller model. ${hint}`
          : hint,
      );
    case 'timed-out':
      return failed(
        `the trainer \`${command}\` did not end within ${context.timeout}`,
        `Raise \`training.timeout\` in model.yaml, or train less. The whole log is ${context.logPath}.`,
      );
    case 'aborted':
      return failed(`the trainer \`${command}\` was stopped`, 'Nothing was stored; run the command again.');
    case 'not-started':
      return failed(`the trainer \`${command}\` could not be started: ${end.problem}`);
  }
}

/**
 * The wrapping shell names a program that it cannot run in a line of its own, which is ours to say: nobody wrote that shell. Without this line the
 * code came from inside the trainer, whose log then tells more. Null when it did.
 */
function programMissing({ command, log }: TrainerContext, code: number): SignalboxError | null {
  if (code !== NOT_FOUND && code !== NOT_EXECUTABLE) return null;
  if (!log.split('\n').some((line) => line.startsWith(`${SHELL_NAME}:`))) return null;
  const program = command[0] ?? '';
  const what = code === NOT_FOUND ? 'was not found' : 'cannot be executed';
  return new SignalboxError('environment/missing-tool', `the trainer's program \`${program}\` ${what}`, {
    hint:
      code === NOT_FOUND
        ? `Install \`${program}\` so that it is on the PATH, or correct \`training.command\` in model.yaml.`
        : `Make it executable (chmod +x), or correct \`training.command\` in model.yaml.`,
  });
}

function diskFull({ command, log }: TrainerContext): SignalboxError {
  return new SignalboxError(
    'store/unavailable',
    `the disk is full: \`${command.join(' ')}\` could not write${lastLines(log)}`,
    {
      hint: 'Free some space (old runs lie in .signalbox/), then run the command again; nothing was stored.',
      retryable: true,
    },
  );
}

function lastLines(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-SHOWN_LINES);
  return lines.length === 1 && lines[0] === '' ? '' : `\n${lines.map((line) => `  | ${line}`).join('\n')}`;
}
