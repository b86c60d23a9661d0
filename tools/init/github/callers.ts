/** The commit of Signalbox whose workflows and program a repository uses. */
export interface Program {
  /** `owner/name` on the same GitHub. */
  readonly repository: string;
  /** The full commit id: a branch or a tag can be moved by whoever takes over that repository. */
  readonly commit: string;
}

/** Files that start so are kept up to date by `init --github`; a person who takes one over removes the line. */
export const MANAGED =
  '# Kept by `signalbox init --github`: run it again to move to another version, or remove this line to keep your own.';

interface Caller {
  readonly on: string;
  /** When its job is run at all. */
  readonly condition?: string;
  readonly runName?: string;
  readonly permissions?: readonly string[];
  readonly inputs?: readonly string[];
  readonly secrets?: readonly string[];
}

const READ = ['contents: read # of this repository, and no other right'];
const READ_ARTIFACTS = [...READ, 'actions: read # to fetch what the trainer left'];
const [APP_KEY, KEYS] = ['SIGNALBOX_APP_KEY', 'SIGNALBOX_KEYS'];
/** What a pass needs, each from the environment that it releases. */
const PASS = [KEYS, APP_KEY, 'SIGNALBOX_PROMETHEUS_AUTHORIZATION'];

const text = (name: string, description: string, extra = 'required: true'): string =>
  `      ${name}: { description: ${description}, type: string, ${extra} }`;

const CALLERS: Readonly<Record<string, Caller>> = {
  'pull-request': {
    // An edit counts where it changes the base: without a run, one that becomes a request to main would never get its check.
    on: '  pull_request: { types: [opened, synchronize, reopened, edited] }',
    condition: "github.event.action != 'edited' || github.event.changes.base",
  },
  // Only data of the pull request is read there; the called workflow says which.
  report: {
    on: '  workflow_run: # zizmor: ignore[dangerous-triggers]\n    workflows: [pull-request, fork]\n    types: [completed]',
    permissions: READ_ARTIFACTS,
    secrets: [APP_KEY],
  },
  fork: {
    on: `  workflow_dispatch:\n    inputs:\n${text('pull-request', 'Its number')}\n${text('commit', 'The full id of the commit that was read')}`,
    // A run is called what its caller says, and by that report.yml knows what it is about.
    runName: `Pull request \${{ inputs.pull-request }} at \${{ inputs.commit }}`,
    inputs: ['pull-request', 'commit'],
  },
  release: {
    on: '  workflow_dispatch:\n  push:\n    branches: [main]\n    paths: ["features/**", "models/**", "releases/**"]',
    secrets: PASS,
  },
  reconcile: { on: '  schedule:\n    - cron: "*/10 * * * *"', secrets: PASS },
  rollback: {
    on: `  workflow_dispatch:\n    inputs:\n${text('model', 'The model')}\n${text('environment', 'The environment', 'default: prod')}\n${text('to', 'A version that ran there; what was live before if empty', 'required: false')}`,
    inputs: ['model', 'environment', 'to'],
    secrets: [APP_KEY],
  },
  retrain: { on: '  workflow_dispatch:\n  schedule:\n    - cron: "23 3 * * *"', secrets: [APP_KEY] },
  nightly: { on: '  workflow_dispatch:\n  schedule:\n    - cron: "41 2 * * *"' },
};

/** By path: each of Signalbox's workflows, called from a file of a dozen lines. Pure. */
export function callerWorkflows(program: Program): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(CALLERS).map(([name, caller]) => [`.github/workflows/${name}.yml`, render(name, caller, program)]),
  );
}

function render(name: string, caller: Caller, program: Program): string {
  const { on, condition, runName, permissions = READ, inputs = [], secrets = [] } = caller;
  const block = (key: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`    ${key}:`, ...lines.map((line) => `      ${line}`)];
  return [
    MANAGED,
    `name: ${name}`,
    'on:',
    on,
    ...(runName === undefined ? [] : [`run-name: ${runName}`]),
    'permissions: {}',
    'jobs:',
    `  ${name}:`,
    `    name: ${name}`,
    ...(condition === undefined ? [] : [`    if: ${condition}`]),
    ...block('permissions', permissions),
    `    uses: ${program.repository}/.github/workflows/${name}.yml@${program.commit} # ${program.commit.slice(0, 12)}`,
    ...block(
      'with',
      inputs.map((input) => `${input}: \${{ inputs.${input} }}`),
    ),
    ...block(
      'secrets',
      secrets.map((secret) => `${secret}: \${{ secrets.${secret} }}`),
    ),
    '',
  ].join('\n');
}
