import type { CommandDefinition } from './command.js';

/** Headings of `signalbox --help`, in the order of a version's life, with one line that shows the group at work. */
export const COMMAND_GROUPS = {
  start: { title: 'Start here', example: 'signalbox demo' },
  check: { title: 'Check what is written', example: 'signalbox validate' },
  data: { title: 'Data and features', example: 'signalbox ingest flights --until 2001-04-01' },
  build: { title: 'Build a version (the pull-request path)', example: 'signalbox propose flight-delay' },
  release: { title: 'Release it', example: 'signalbox promote flight-delay --env prod --version 1' },
  serve: { title: 'Serve it', example: 'signalbox serve --env prod --port 8080' },
  look: { title: 'Look', example: 'signalbox status --env prod' },
} as const;

export interface CommandEntry {
  readonly name: string;
  readonly group: keyof typeof COMMAND_GROUPS;
  /** Said again by the definition, and kept equal by a test: help must not load the verbs. */
  readonly summary: string;
  /** It speaks as it goes and may run for long, so its progress is plain lines, also on a terminal. */
  readonly longRunning?: true;
  readonly load: () => Promise<CommandDefinition>;
}

/** Every verb. A verb's module is imported only when it runs, so that help is instant. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    group: 'start',
    summary: 'A new repository that validates, trains and serves at once',
    load: async () => (await import('./commands/init.js')).initCommand,
  },
  {
    name: 'doctor',
    group: 'start',
    summary: 'What is missing on this machine, and how to get it',
    load: async () => (await import('./commands/doctor.js')).doctorCommand,
  },
  {
    name: 'demo',
    group: 'start',
    summary: 'The whole story on three million real flights, in about a minute and a half',
    longRunning: true,
    load: async () => (await import('./commands/demo.js')).demoCommand,
  },
  {
    name: 'validate',
    group: 'check',
    summary: 'Check every document and reference, all findings at once',
    load: async () => (await import('./commands/validate.js')).validateCommand,
  },
  {
    name: 'reconcile',
    group: 'release',
    summary: 'Publish what the main branch asks for, as far as the evidence allows',
    load: async () => (await import('./commands/reconcile.js')).reconcileCommand,
  },
  {
    name: 'keys',
    group: 'start',
    summary: 'Mint, show, export or rotate the signing keys of an environment',
    load: async () => (await import('./commands/keys.js')).keysCommand,
  },
  {
    name: 'verify',
    group: 'look',
    summary: 'Verify what is signed for an environment, as a pod does',
    load: async () => (await import('./commands/verify.js')).verifyCommand,
  },
  {
    name: 'plan',
    group: 'check',
    summary: 'Say what merging this branch would do to traffic, and the way back',
    load: async () => (await import('./commands/plan.js')).planCommand,
  },
  {
    name: 'simulate',
    group: 'check',
    summary: 'Play a strategy against traffic with a known effect, and say what it decides',
    load: async () => (await import('./commands/simulate.js')).simulateCommand,
  },
  {
    name: 'promote',
    group: 'release',
    summary: 'Propose that an environment runs a version',
    load: async () => (await import('./commands/promote.js')).promoteCommand,
  },
  {
    name: 'rollback',
    group: 'release',
    summary: 'Propose that an environment runs again what it ran before',
    load: async () => (await import('./commands/rollback.js')).rollbackCommand,
  },
  {
    name: 'hold',
    group: 'release',
    summary: 'Propose that a version gets no traffic in an environment, or that it is held no longer',
    load: async () => (await import('./commands/hold.js')).holdCommand,
  },
  {
    name: 'emergency',
    group: 'release',
    summary: 'Go back to a version while Git cannot be reached, signed by hand with the emergency key',
    load: async () => (await import('./commands/emergency.js')).emergencyCommand,
  },
  {
    name: 'freeze',
    group: 'release',
    summary: 'Propose a time in which no rollout of an environment starts or moves on',
    load: async () => (await import('./commands/freeze.js')).freezeCommand,
  },
  {
    name: 'confirm',
    group: 'release',
    summary: 'Propose that a rollout may enter a stage that waits for a person',
    load: async () => (await import('./commands/confirm.js')).confirmCommand,
  },
  {
    name: 'status',
    group: 'look',
    summary: 'What is desired, published and applied, and why they differ',
    load: async () => (await import('./commands/status.js')).statusCommand,
  },
  {
    name: 'monitor',
    group: 'look',
    summary: 'Say whether live inputs, scores and outcomes are still what the version was made for',
    load: async () => (await import('./commands/monitor.js')).monitorCommand,
  },
  {
    name: 'retrain',
    group: 'build',
    summary: 'Decide whether a model needs a new version, and propose one trained on the newest data',
    load: async () => (await import('./commands/retrain.js')).retrainCommand,
  },
  {
    name: 'ingest',
    group: 'data',
    summary: 'Check a source and take a snapshot of what could be known by a time',
    load: async () => (await import('./commands/ingest.js')).ingestCommand,
  },
  {
    name: 'dataset',
    group: 'data',
    summary: 'Build the point-in-time dataset of a model: only what could be known at each label',
    load: async () => (await import('./commands/dataset.js')).datasetCommand,
  },
  {
    name: 'features',
    group: 'data',
    summary: 'Read the features of a model as of a time, offline or from the online store',
    load: async () => (await import('./commands/features.js')).featuresCommand,
  },
  {
    name: 'materialize',
    group: 'data',
    summary: 'Keep the online feature store as fresh as the event log',
    load: async () => (await import('./commands/materialize.js')).materializeCommand,
  },
  {
    name: 'serve',
    group: 'serve',
    summary: 'Run a pod: follow the signed manifests and answer predictions over HTTP',
    longRunning: true,
    load: async () => (await import('./commands/serve.js')).serveCommand,
  },
  {
    name: 'train',
    group: 'build',
    summary: 'Train a model on its point-in-time dataset, or find the run of the same inputs',
    load: async () => (await import('./commands/train.js')).trainCommand,
  },
  {
    name: 'evaluate',
    group: 'build',
    summary: 'Score a model on later rows in the serving runtime, next to the live version',
    load: async () => (await import('./commands/evaluate.js')).evaluateCommand,
  },
  {
    name: 'gate',
    group: 'build',
    summary: 'Let the gates decide about a model: quality, champion, slices, leaks, infrastructure, parity',
    load: async () => (await import('./commands/gate.js')).gateCommand,
  },
  {
    name: 'package',
    group: 'build',
    summary: 'Put a trained model, its features, golden inputs and reference profile into the store as one package',
    load: async () => (await import('./commands/package.js')).packageCommand,
  },
  {
    name: 'judge',
    group: 'build',
    summary: 'Judge what a train job left: dataset, evaluation, gates and package, with nothing of it believed',
    load: async () => (await import('./commands/judge.js')).judgeCommand,
  },
  {
    name: 'speak',
    group: 'build',
    summary: 'Say on a pull request what merging it does and what its judges found, and record what they let through',
    load: async () => (await import('./commands/speak.js')).speakCommand,
  },
  {
    name: 'propose',
    group: 'build',
    summary: 'Train, evaluate, gate and package a branch, and open its pull request',
    load: async () => (await import('./commands/propose.js')).proposeCommand,
  },
  {
    name: 'runs',
    group: 'look',
    summary: 'The training runs of a model, or what differs between two of them',
    load: async () => (await import('./commands/runs.js')).runsCommand,
  },
  {
    name: 'lineage',
    group: 'look',
    summary: 'Trace an answer back to its data and approver, or a file to all that it touched',
    load: async () => (await import('./commands/lineage.js')).lineageCommand,
  },
  {
    name: 'parity',
    group: 'data',
    summary: 'Recompute served features offline and explain every difference',
    load: async () => (await import('./commands/parity.js')).parityCommand,
  },
];
