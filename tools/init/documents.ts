/** The documents of a new repository. Text, not objects: people read them first, and the comments are half of it. */

export interface Periods {
  readonly trainFrom: string;
  readonly trainTo: string;
  readonly evaluateFrom: string;
  readonly evaluateTo: string;
}

export function repositoryDocuments(periods: Periods): ReadonlyMap<string, string> {
  return new Map([
    ['features/sources/payments.yaml', PAYMENTS],
    ['features/entities/merchant.yaml', entity('A shop that takes cards.', 'merchant')],
    ['features/entities/customer.yaml', entity('A person who pays.', 'customer')],
    ['features/views/payment_request.yaml', PAYMENT_REQUEST],
    ['features/views/merchant_history.yaml', MERCHANT_HISTORY],
    ['features/views/customer_history.yaml', CUSTOMER_HISTORY],
    ['models/dispute/model.yaml', model(periods)],
    ['models/dispute/README.md', MODEL_CARD],
    ['releases/staging/environment.yaml', environment('Where a version runs first.', '.signalbox/staging')],
    ['releases/prod/environment.yaml', environment('Where customers are served.', '.signalbox')],
    ['releases/strategies/canary.yaml', CANARY],
    ['releases/policies/default.yaml', POLICY],
  ]);
}

const PAYMENTS = `description: Card payments, and whether they were disputed later.
owner: payments-team
data:
  format: csv
  path: data/payments.csv
columns:
  paid_at: { type: timestamp, description: When the card was charged. }
  merchant: { type: string }
  customer: { type: string }
  amount: { type: double, unit: EUR, min: 0 }
  disputed: { type: bool, description: Whether the customer asked for the money back. }
  known_at: { type: timestamp, description: When it was settled whether the payment is disputed. }
eventTime: paid_at
# A dispute comes days after its payment. No feature sees a payment before this time.
observedAt: known_at
allowedLateness: 7d
`;

function entity(description: string, key: string): string {
  return `description: ${description}\nkeys:\n  - { name: ${key}, type: string }\n`;
}

const PAYMENT_REQUEST = `kind: request
description: What is known of the payment itself.
inputs:
  amount: { type: double, min: 0, description: In euros. }
features:
  - { name: amount, expression: amount }
  - { name: hour, expression: hour_of_day(at), description: Hour of the day in UTC. }
`;

const MERCHANT_HISTORY = `kind: aggregate
description: How the merchant's settled payments went.
entity: merchant
source: payments
aggregations:
  - { function: count, windows: [7d, 30d] }
  - { function: mean, input: amount, windows: [30d] }
  - { function: share, where: disputed, name: dispute_share, windows: [7d, 30d] }
`;

const CUSTOMER_HISTORY = `kind: aggregate
description: What the customer usually pays.
entity: customer
source: payments
aggregations:
  - { function: count, windows: [30d] }
  - { function: mean, input: amount, windows: [30d] }
`;

function model({ trainFrom, trainTo, evaluateFrom, evaluateTo }: Periods): string {
  return `description: The probability that a payment is disputed.
owner: payments-team
riskTier: low
task: binary-classification

label:
  source: payments
  expression: disputed
  sample: { rows: 20000, seed: 1 }
  entities:
    merchant: { merchant: merchant }
    customer: { customer: customer }
  request:
    amount: amount

# The order is the order of the model input.
features:
  - payment_request
  - merchant_history
  - customer_history

training:
  command: [node, --import, tsx, train.ts]
  # It starts when the longest window (30 d) is full.
  period: { from: ${trainFrom}, to: ${trainTo} }
  parameters: { trees: 40, depth: 3, learningRate: 0.15, rowShare: 0.8, minLeafRows: 40 }
  seed: 1

evaluation:
  period: { from: ${evaluateFrom}, to: ${evaluateTo} }
  metrics: [auc, log_loss, brier, ece]

gates:
  quality:
    auc: { min: 0.6, championMargin: 0.02, maxImprovement: 0.2 }
    log_loss: { max: 0.6, championMargin: 0.03 }

serving:
  output: { tensor: score }
  # Answers when no version can: about the long-run share of disputes.
  rule: "0.1"

runbook: models/dispute/README.md
`;
}

const MODEL_CARD = `# dispute

Predicts, when a card is charged, whether the payment will be disputed. Made-up data: replace \`data/payments.csv\` and this page by your own.

- **Use**: rank payments for review. Not: refuse a payment without a person.
- **Data**: \`features/sources/payments.yaml\`. A dispute is known days after its payment, and no feature sees it earlier.
- **Limits**: a merchant without settled payments has no history; the model then leans on the amount.
- **When it goes wrong**: \`git revert\` the last release, push, and look at \`signalbox status --env prod\`.
`;

function environment(description: string, folder: string): string {
  return `description: ${description}
policy: default
clock: wall
# Evidence from fewer pods than this never promotes a rollout; raise it with the number of pods.
minPods: 1
stores:
  artifacts: .signalbox/store
  log: ${folder}/log
  online: ${folder}/online
reconcile: { poll: 2s }
pods: { poll: 2s }
`;
}

const CANARY = `description: A tenth of the units, then half, then all.
canary:
  steps:
    - { weight: 0.1, minDuration: 10m, minSample: 250 }
    - { weight: 0.5, minDuration: 10m, minSample: 500 }
analysis:
  errorRateMargin: 0.02
  confidence: 0.95
`;

const POLICY = `description: What a change must show and who must agree, by how much harm a wrong version can do.
tiers:
  low:
    # Raise it once there is someone else to ask.
    approvals: 0
    strategies: [canary]
    blockingGates: [quality/*, champion/*, improvement/*, leak/*, infrastructure/*, parity/*]
  high:
    approvals: 2
    strategies: [canary]
    blockingGates: [quality/*, champion/*, improvement/*, slice/*, leak/*, infrastructure/*, parity/*]
`;
