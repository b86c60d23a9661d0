import { type Metric, parseDurationMs } from '@signalbox/contracts';
import type { MetricReading } from '../analysis/index.js';
import { broken, noData } from './problems.js';
import { runProgram } from './run-program.js';
import type { Subject } from './subject.js';

type CommandMetric = Extract<Metric, { kind: 'command' }>;

export interface CommandPlace {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly subject: Subject;
}

/** What of our environment a program is given: what it takes to run, so that no secret lands in what it prints. It is no wall: a program of our own user can read the keys of the reconciler, so who may name one is reviewed. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_[A-Z]+|TMPDIR|TZ)$/;

/** Runs a program of the main branch, which was reviewed there, and takes the one JSON value that it prints. */
export async function readCommand({ command, timeout }: CommandMetric, place: CommandPlace): Promise<MetricReading> {
  const { cwd, env, subject } = place;
  const ended = await runProgram(command, {
    cwd,
    env: commandEnvironment(env, subject),
    timeoutMs: parseDurationMs(timeout),
  });
  return 'output' in ended ? parseReading(ended.output) : broken(`\`${command.join(' ')}\` ${ended.failure}.`);
}

export function commandEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  { environment, model, serial, version }: Subject,
): Record<string, string> {
  const passed = Object.entries(ours).filter(([name, value]) => value !== undefined && PASSED_ON.test(name));
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    SIGNALBOX_ENVIRONMENT: environment,
    SIGNALBOX_MODEL: model,
    SIGNALBOX_VERSION: String(version),
    SIGNALBOX_SERIAL: String(serial),
  };
}

/** A number, two counts, or null for nothing yet. Text that only starts with a number is no number. */
export function parseReading(output: string): MetricReading {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return broken(`it printed no JSON value: ${JSON.stringify(output.slice(0, 80))}.`);
  }
  if (value === null) return noData('it has no value yet.');
  if (typeof value === 'number') return { kind: 'number', value };
  const { successes, total } = (typeof value === 'object' ? value : {}) as { successes?: unknown; total?: unknown };
  if (typeof successes === 'number' && typeof total === 'number') return { kind: 'rate', successes, total };
  return broken(
    `it printed ${JSON.stringify(value).slice(0, 80)}, where a number, {"successes": n, "total": n} or null is wanted.`,
  );
}
