import type { Check } from './check.js';

/** The pure half: what was seen on the machine, judged against what Signalbox needs. */

export const NEEDED_NODE = { major: 20, minor: 19 } as const;
/** `git merge-tree --write-tree`, which merges without a work tree, came with 2.38. */
export const NEEDED_GIT = { major: 2, minor: 38 } as const;
/** What the demo writes at most: snapshots, datasets, the log and the online store. */
export const NEEDED_DISK_BYTES = 1.5 * 2 ** 30;

interface Version {
  readonly major: number;
  readonly minor: number;
}

/** The first `x.y` in a text such as `git version 2.39.5 (Apple Git-154)`; null where there is none. */
export function parseVersion(text: string): Version | null {
  const match = /(\d+)\.(\d+)/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : null;
}

function isAtLeast(found: Version, needed: Version): boolean {
  return found.major > needed.major || (found.major === needed.major && found.minor >= needed.minor);
}

export function judgeNode(version: string): Check {
  const ok = isAtLeast(parseVersion(version)!, NEEDED_NODE);
  const needed = `${NEEDED_NODE.major}.${NEEDED_NODE.minor}`;
  return ok
    ? { name: 'Node.js', state: 'ok', found: version }
    : {
        name: 'Node.js',
        state: 'missing',
        found: `${version}, but ${needed} or newer is needed`,
        fix: 'get a current one from https://nodejs.org, or run "nvm install 24"',
      };
}

export function judgeGit(output: string | null): Check {
  const fix = 'Debian: apt install git; macOS: brew install git; Windows: https://git-scm.com';
  if (output === null) return { name: 'Git', state: 'missing', found: 'not on the PATH', fix };
  const version = parseVersion(output);
  if (version && isAtLeast(version, NEEDED_GIT)) return { name: 'Git', state: 'ok', found: output };
  const needed = `${NEEDED_GIT.major}.${NEEDED_GIT.minor}`;
  return { name: 'Git', state: 'missing', found: `${output}, but ${needed} or newer is needed`, fix };
}

/** Without an identity the demo uses one of its own in its scratch folder; `propose` and `promote` need yours. */
export function judgeIdentity(name: string | null, email: string | null): Check {
  return name && email
    ? { name: 'Git identity', state: 'ok', found: `${name} <${email}>` }
    : {
        name: 'Git identity',
        state: 'missing',
        found: 'Git does not know who commits',
        fix: 'git config --global user.name "Your Name" && git config --global user.email you@example.org',
      };
}

export function judgeDisk(folder: string, freeBytes: number): Check {
  const found = `${gibibytes(freeBytes)} free in ${folder}`;
  return freeBytes >= NEEDED_DISK_BYTES
    ? { name: 'Disk', state: 'ok', found }
    : {
        name: 'Disk',
        state: 'missing',
        found: `${found}, but the demo needs ${gibibytes(NEEDED_DISK_BYTES)}`,
        fix: 'free some space, or set TMPDIR to a folder on a larger disk',
      };
}

export function judgePort(port: number, error: string | null): Check {
  return error === null
    ? { name: 'Ports', state: 'ok', found: `a port on 127.0.0.1 can be opened (${port})` }
    : {
        name: 'Ports',
        state: 'missing',
        found: `no port on 127.0.0.1 can be opened: ${error}`,
        fix: 'allow programs to listen on 127.0.0.1',
      };
}

export function judgePackages(broken: readonly { readonly name: string; readonly reason: string }[]): Check {
  if (broken.length === 0) return { name: 'Packages', state: 'ok', found: 'DuckDB, ONNX Runtime and LMDB load' };
  return {
    name: 'Packages',
    state: 'missing',
    found: broken.map(({ name, reason }) => `${name} does not load: ${reason}`).join('; '),
    fix: 'run "npm ci" again; on Alpine Linux use a glibc image, such as node:24-slim',
  };
}

/** `modules` is what `python3` could import of what the second example trainer wants; null where there is no Python. */
export function judgePython(version: string | null, missing: readonly string[]): Check {
  const need = 'only the example trainer in Python needs it';
  if (version === null)
    return { name: 'Python', state: 'optional', found: `not there; ${need}`, fix: 'https://www.python.org/downloads' };
  if (missing.length > 0)
    return {
      name: 'Python',
      state: 'optional',
      found: `${version} without ${missing.join(', ')}; ${need}`,
      fix: `python3 -m pip install ${missing.join(' ')}`,
    };
  return { name: 'Python', state: 'ok', found: version };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
