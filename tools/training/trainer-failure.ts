import { SignalboxError } from '@signalbox/contracts';
import type { TrainerOutcome } from './run-trainer.js';

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
      if (end.code === NOT_FOUND) return commandMissing(context, 'was not found');
      if (end.code === NOT_EXECUTABLE) return commandMissing(context, 'cannot be executed');
      return failed(`the trainer \`${command}\` ended with exit code ${end.code}`);
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

/** 127 also comes from inside a script, so the log is shown as well. */
function commandMissing({ command, log }: TrainerContext, what: string): SignalboxError {
  return new SignalboxError(
    'environment/missing-tool',
    `the trainer's command \`${command[0]}\` ${what}${lastLines(log)}`,
    {
      hint: 'Install it, or correct `training.command` in model.yaml; it runs in the folder of the model, without a shell.',
    },
  );
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
