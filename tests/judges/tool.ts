import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The versions that the workflows were judged with; another one may know other rules. */
const TOOLS = {
  actionlint: {
    version: '1.7.12',
    install: 'go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
    variable: 'ACTIONLINT',
  },
  act: { version: '0.2.89', install: 'go install github.com/nektos/act@v0.2.89', variable: 'ACT' },
  zizmor: { version: '1.32.0', install: 'pip install zizmor==1.32.0', variable: 'ZIZMOR' },
} as const;

/**
 * The path of a judge's program: what its variable names, or the first on PATH, or in ~/go/bin. Throws a sentence that says how to install it: a judge
 * that is not there has not judged.
 */
export function findTool(name: keyof typeof TOOLS): string {
  const { install, variable, version } = TOOLS[name];
  const named = process.env[variable];
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(homedir(), 'go', 'bin')];
  const found = named ?? folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const how = `Install it: ${install} (or name one: ${variable}=/path/to/${name})`;
  if (found === undefined || !existsSync(found))
    throw new Error(`${named === undefined ? `${name} is not on this machine` : `there is no ${named}`}. ${how}`);
  const said = execFileSync(found, ['--version'], { encoding: 'utf8' });
  if (!said.includes(version)) throw new Error(`expected ${name} ${version}, ${found} says "${said.trim()}". ${how}`);
  return found;
}
