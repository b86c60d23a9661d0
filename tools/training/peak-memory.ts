import { readFileSync } from 'node:fs';

const SAMPLE_MS = 50;
const KIB = 1024;

/**
 * Watches the resident memory of a process and its descendants. Each process's own high-water mark (`VmHWM`) is read, so a peak between
 * two samples is not missed, only what a process did in its last 50 ms. Where there is no /proc the answer is 0.
 */
export function watchPeakMemory(pid: number): { stop(): number } {
  let peak = 0;
  const sample = () => {
    let total = 0;
    for (const each of descendants(pid)) total += highWaterMark(each);
    peak = Math.max(peak, total);
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

function descendants(root: number): number[] {
  const found = [root];
  for (let i = 0; i < found.length; i++) {
    const children = readProc(`/proc/${found[i]}/task/${found[i]}/children`);
    found.push(...children.split(' ').filter(Boolean).map(Number));
  }
  return found;
}

function highWaterMark(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`));
  return match ? Number(match[1]) * KIB : 0;
}

/** A process may end between two reads. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
