import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineOptions } from '@signalbox/tools/registry';
import { createTestRepository, type TestRepository } from '../support/git-repository.js';
import { linearOnnx } from '../support/onnx-models.js';

/** A repository with a small source, one request view, one window view, and a trainer that copies a model that was made before. */
export interface ProposalWorld extends TestRepository {
  readonly options: PipelineOptions;
  readonly progress: string[];
  /** Commits to main, pushes, and goes back to the branch. */
  onMain(files: Readonly<Record<string, string | null>>): Promise<string>;
  switchTo(branch: string): Promise<void>;
}

const DAY = 86_400;
const ROWS = 3000;

/** A payment is disputed the likelier, the larger it is; a third of the shops are worse. Known two hours later. */
function paymentsCsv(): string {
  const lines = ['paid_at,shop,amount,disputed'];
  for (let row = 0; row < ROWS; row++) {
    const at = new Date((978_307_200 + Math.floor((row * 60 * DAY) / ROWS)) * 1000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
    const amount = ((row * 7919) % 1000) / 10;
    const chance = amount / 200 + (row % 3 === 0 ? 0.2 : 0);
    lines.push(`${at},shop-${row % 3},${amount},${((row * 104_729) % 1000) / 1000 < chance}`);
  }
  return `${lines.join('\n')}\n`;
}

const SOURCE = `description: Payments and whether they were disputed.
owner: payments
data: { format: csv, path: data/payments.csv }
columns:
  paid_at: { type: timestamp }
  shop: { type: string }
  amount: { type: double }
  disputed: { type: bool }
eventTime: paid_at
observedAt: paid_at + hours(2.0)
allowedLateness: 3h
`;

const ENTITY = 'description: A shop.\nkeys: [{ name: shop, type: string }]\n';

const REQUEST = `kind: request
description: What is known when a card is charged.
inputs:
  amount: { type: double }
features:
  - { name: amount, expression: amount }
`;

const HISTORY = `kind: aggregate
description: What happened at this shop lately.
entity: shop
source: payments
aggregations:
  - { function: share, where: disputed, name: dispute_share, windows: [7d] }
`;

export const modelYaml = (
  changes: { readonly minAuc?: number; readonly weights?: string; readonly features?: string } = {},
) => `
description: The probability that a payment is disputed.
owner: payments
riskTier: low
task: binary-classification
label:
  source: payments
  expression: disputed
  sample: { rows: 5000, seed: 1 }
  entities: { shop: { shop: shop } }
  request: { amount: amount }
features: ${changes.features ?? '[request, history]'}
training:
  command: [node, train.mjs]
  period: { from: 2001-01-08, to: 2001-02-01 }
  parameters: { weights: '${changes.weights ?? 'amount'}' }
  seed: 1
evaluation:
  period: { from: 2001-02-01, to: 2001-03-01 }
  metrics: [auc, log_loss]
  slices: [{ name: large, where: amount > 50.0, minRows: 100 }]
gates:
  quality: { auc: { min: ${changes.minAuc ?? 0.55}, championMargin: 0.05, maxImprovement: 0.4 } }
  slices: { auc: { min: 0.4 } }
  # No test may depend on how busy the machine is.
  infrastructure: { maxP95LatencyMs: 60000 }
serving: { output: { tensor: score } }
`;

const POLICY = `description: p
tiers:
  low: { approvals: 0, strategies: [canary], blockingGates: [quality/*, champion/*, improvement/*, slice/*, leak/*, infrastructure/*, parity/*] }
  high: { approvals: 1, strategies: [canary], blockingGates: [quality/*] }
`;

const ENVIRONMENT = `description: Where it runs.
policy: default
clock: replay
stores: { artifacts: .signalbox/store, log: .signalbox/log, online: .signalbox/online }
`;

const TRAINER = `import { readFileSync, writeFileSync } from 'node:fs';
const { weights } = JSON.parse(readFileSync(process.env.SIGNALBOX_PARAMETERS, 'utf8'));
const features = JSON.parse(readFileSync(process.env.SIGNALBOX_FEATURES, 'utf8'));
const models = JSON.parse(readFileSync('models.json', 'utf8'));
writeFileSync(process.env.SIGNALBOX_OUTPUT + '/model.onnx', Buffer.from(models[features.length + '-' + weights], 'base64'));
`;

function prebuiltModels(): string {
  const of = (weights: number[], bias: number) => Buffer.from(linearOnnx({ weights, bias })).toString('base64');
  return JSON.stringify({
    '1-amount': of([0.03], -2),
    '2-amount': of([0.03, 0.5], -2),
    '2-worse': of([-0.03, 0], 0),
    '2-better': of([0.03, 6], -3.5),
  });
}

export async function createProposalWorld(): Promise<ProposalWorld> {
  const repository = await createTestRepository();
  await mkdir(join(repository.folder, 'data'), { recursive: true });
  await repository.commit({
    '.gitignore': '.signalbox/\n',
    'data/payments.csv': paymentsCsv(),
    'features/sources/payments.yaml': SOURCE,
    'features/entities/shop.yaml': ENTITY,
    'features/views/request.yaml': REQUEST,
    'features/views/history.yaml': HISTORY,
    'models/dispute/model.yaml': modelYaml(),
    'models/dispute/train.mjs': TRAINER,
    'models/dispute/models.json': prebuiltModels(),
    'releases/prod/environment.yaml': ENVIRONMENT,
    'releases/policies/default.yaml': POLICY,
    'releases/strategies/canary.yaml': `description: c\ncanary: { steps: [{ weight: 0.5, minDuration: 1m, minSample: 1 }] }\n`,
  });
  const progress: string[] = [];
  const { git } = repository;
  const switchTo = async (branch: string) => {
    const exists = (await git.commitOf(branch)) !== null;
    await git.run(['switch', '--quiet', ...(exists ? [] : ['-c']), branch]);
  };
  return {
    ...repository,
    progress,
    switchTo,
    async onMain(files) {
      const branch = (await git.currentBranch()) ?? 'main';
      await switchTo('main');
      const commit = await repository.commit(files);
      await switchTo(branch);
      return commit;
    },
    options: {
      repo: repository.folder,
      model: 'dispute',
      environment: 'prod',
      env: process.env,
      signal: new AbortController().signal,
      wallNow: () => Date.UTC(2026, 0, 1),
      progress: (line) => progress.push(line),
    },
  };
}
