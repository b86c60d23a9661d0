import { spawn } from 'node:child_process';
import { timerMs } from '@signalbox/contracts';

export interface ProgramPlace {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly timeoutMs: number;
}

export type ProgramEnd = { readonly output: string } | { readonly failure: string };

/** One value is printed; a program that prints more than this prints something else. */
export const MAX_OUTPUT_BYTES = 64 * 1024;
/** Of what a failing program complained about, so much is shown. */
const SHOWN_CHARACTERS = 200;

/**
 * Runs a program without a shell, in a process group of its own, so that what it started ends with it: at the time limit, when it prints too much, and when it leaves
 * children behind. Never an exception: why there is no output is a sentence's end.
 */
export async function runProgram(
  command: readonly string[],
  { cwd, env, timeoutMs }: ProgramPlace,
): Promise<ProgramEnd> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let [bytes, complaint] = [0, ''];
  let ended: string | null = null;
  const end = (reason: string): void => {
    ended ??= reason;
    killGroup(child.pid);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) end(`printed more than ${MAX_OUTPUT_BYTES} bytes`);
    else chunks.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-SHOWN_CHARACTERS);
  });
  const timer = setTimeout(() => end(`took longer than ${timeoutMs / 1000} s`), timerMs(timeoutMs));
  // Children that it leaves behind would hold its pipes open.
  child.once('exit', () => killGroup(child.pid));
  try {
    const status = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
    if (ended !== null) return { failure: ended };
    if (status === 0) return { output: Buffer.concat(chunks).toString('utf8') };
    return { failure: `ended with status ${status}${complaint === '' ? '' : `: ${complaint.trim()}`}` };
  } catch (error) {
    return { failure: `cannot be run: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone, which is what was wanted.
  }
}
