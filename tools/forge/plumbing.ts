import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { asGitError } from './git-errors.js';
import type { Program } from './starter/program.js';
import { Starter } from './starter/starter.js';

const starter = new Starter();

export interface PlumbingInput {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit statuses that are an answer rather than a failure. Default: 0 alone. */
  readonly answers?: readonly number[];
}

/** Set when we run inside a Git hook; they would point our calls at another repository. */
const INHERITED_LOCATION = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_OBJECT_DIRECTORY'];

/** What Git would read from the machine that it runs on: what is read of a history must be the same everywhere. */
export const LOG_SETTINGS = [
  'log.diffMerges=separate',
  'log.follow=false',
  'log.showRoot=true',
  'log.showSignature=false',
];

/** A Git that talks by pipes, in the language that we read. */
export function startGit(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const program = gitProgram(folder, args, env);
  return spawn(program.file, program.args, { env: program.env, stdio: 'pipe' });
}

function gitProgram(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Omit<Program, 'input'> {
  const environment: NodeJS.ProcessEnv = { ...process.env, ...env, LC_ALL: 'C' };
  for (const name of INHERITED_LOCATION) if (!(name in env)) delete environment[name];
  return {
    file: 'git',
    args: ['-C', folder, ...LOG_SETTINGS.flatMap((one) => ['-c', one]), ...args],
    env: environment,
  };
}

/**
 * One plumbing command, for the calls that need standard input or an environment of their own (simple-git offers neither).
 * Answers standard output as bytes, because blobs may hold anything. Errors as `asGitError` says.
 */
export async function runPlumbing(
  folder: string,
  args: readonly string[],
  { input = '', env = {}, answers = [0] }: PlumbingInput = {},
): Promise<{ readonly stdout: Buffer; readonly status: number }> {
  try {
    const { status, stdout, stderr } = await starter.run({ ...gitProgram(folder, args, env), input });
    if (answers.includes(status)) return { stdout, status };
    throw new Error(stderr.toString('utf8') || stdout.toString('utf8'));
  } catch (error) {
    throw asGitError(error, args);
  }
}

/** The same for the many commands that answer one line of text. */
export async function runPlumbingLine(folder: string, args: readonly string[], input?: PlumbingInput): Promise<string> {
  return (await runPlumbing(folder, args, input)).stdout.toString('utf8').trim();
}
