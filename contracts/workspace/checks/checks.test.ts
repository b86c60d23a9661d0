import { describe, expect, it } from 'vitest';
import { changed, sampleRepository } from '../../../tests/support/sample-repository.js';
import { parseWorkspace, requireWorkspace } from '../parse-workspace.js';

const SOURCE = 'features/sources/payments.yaml';
const ENTITY = 'features/entities/card.yaml';
const SPEND = 'features/views/card_spend.yaml';
const REQUEST = 'features/views/payment_request.yaml';
const MODEL = 'models/card-fraud/model.yaml';
const RECORD = 'models/card-fraud/versions/2.yaml';
const PROD = 'releases/prod/environment.yaml';
const RELEASE = 'releases/prod/card-fraud.yaml';
const POLICY = 'releases/policies/default.yaml';
const STRATEGY = 'releases/strategies/canary.yaml';
const HOLD = [...sampleRepository().keys()].find((path) => path.includes('/holds/'))!;

/** Each finding as `file field severity: message`. */
function told(files: ReadonlyMap<string, string>): string[] {
  return parseWorkspace(files).findings.map(
    ({ place, severity, message }) => `${place.file} ${place.field ?? ''} ${severity}: ${message}`,
  );
}

describe('what documents say of each other', () => {
  it.each<readonly [file: string, from: string, to: string, ...expected: string[]]>([
    [
      SOURCE,
      'eventTime: paid_at',
      'eventTime: payed_at',
      `${SOURCE} eventTime error: expected a timestamp column, 'payed_at' is no declared column`,
    ],
    [
      SOURCE,
      'observedAt: reported_at',
      'observedAt: reported_at + 1.5',
      `${SOURCE} observedAt error: no operator int + double (at character 1)`,
    ],
    [
      SOURCE,
      'min: 0.01, max: 50000',
      'min: 5, max: 1',
      `${SOURCE} columns.amount.min error: the smallest allowed value 5 is above the largest, 1`,
    ],
    [
      SOURCE,
      'allowed: [EUR, USD]',
      'allowed: [EUR, 5]',
      `${SOURCE} columns.currency.allowed[1] error: 5 can never be a value of a column of type string`,
    ],
    [
      SOURCE,
      'type: bool,',
      'type: bool, min: 0,',
      `${SOURCE} columns.disputed.min error: "min" is for columns of type int or double; "disputed" is of type bool`,
    ],
    [
      SOURCE,
      '  currency: {',
      '  Amount: { type: double }\n  currency: {',
      `${SOURCE} columns.Amount error: "Amount" differs from another column only in upper and lower case`,
    ],
    [
      SOURCE,
      '  currency: {',
      '  label: { type: int }\n  currency: {',
      `${SOURCE} columns.label error: 'label' is a name that snapshots and datasets use themselves`,
    ],
    [
      ENTITY,
      '- { name: card, type: string }',
      '- { name: card, type: string }\n  - { name: card, type: int }',
      `${ENTITY} keys[1].name error: the key "card" is listed twice`,
    ],
    [SPEND, 'entity: card', 'entity: crad', `${SPEND} entity error: there is no entity "crad"`],
    [SPEND, 'source: payments', 'source: payment', `${SPEND} source error: there is no source "payment"`],
    [
      SPEND,
      'input: amount',
      'input: amonut',
      `${SPEND} aggregations[1].input error: unknown variable 'amonut' (at character 1)`,
    ],
    [
      SPEND,
      'keys: { card: card }',
      'keys: { card: amount }',
      `${SPEND} keys.card error: expected a column of type string for the key 'card', 'amount' is of type double`,
    ],
    [
      SPEND,
      'windows: [30d] }',
      'windows: [3m] }',
      `${SPEND} aggregations[2].windows[0] error: expected a window of at least 5m, got 3m`,
    ],
    [
      SPEND,
      'name: large_share',
      'name: amount_mean',
      `${SPEND} aggregations[2] error: the feature 'amount_mean_30d' is already there`,
    ],
    [
      REQUEST,
      'expression: amount',
      'expression: amuont',
      `${REQUEST} features[0].expression error: unknown variable 'amuont' (at character 1)`,
    ],
    [
      REQUEST,
      'name: hour,',
      'name: amount,',
      `${REQUEST} features[1].name error: the feature 'amount' is already there`,
    ],
    [
      REQUEST,
      'min: 0, max: 50000',
      'min: 9, max: 5',
      `${REQUEST} inputs.amount.min error: the smallest allowed value 9 is above the largest, 5`,
    ],
    [
      MODEL,
      '  - payment_request',
      '  - payment_reqest',
      `${MODEL} features[0] error: there is no feature view "payment_reqest"`,
    ],
    [
      MODEL,
      'card_spend.count_24h',
      'card_spend.count_24hours',
      `${MODEL} features[1] error: the feature view "card_spend" has no feature "count_24hours"`,
    ],
    [
      MODEL,
      '  - card_spend.count_24h',
      '  - card_spend',
      `${MODEL} features[2] error: the feature "card_spend.amount_mean_30d" is listed twice`,
    ],
    [MODEL, '  source: payments', '  source: paiments', `${MODEL} label.source error: there is no source "paiments"`],
    [
      MODEL,
      'expression: disputed',
      'expression: amount',
      `${MODEL} label.expression error: 'amount' is of type double, expected bool (at character 1)`,
    ],
    [
      MODEL,
      'card: { card: card }',
      'card: { card: cart }',
      `${MODEL} label.entities.card.card error: the source "payments" has no column "cart"`,
    ],
    [
      MODEL,
      'card: { card: card }',
      'card: { card: amount }',
      `${MODEL} label.entities.card.card error: expected a column of type string; "amount" is of type double`,
    ],
    [
      MODEL,
      'card: { card: card }',
      'card: { id: card }',
      `${MODEL} label.entities.card error: no column for the key "card" of "card"`,
      `${MODEL} label.entities.card.id error: the entity "card" has no key "id"`,
    ],
    [
      MODEL,
      '    card: { card: card }',
      '    cart: { card: card }',
      `${MODEL} label.entities error: the feature view "card_spend" needs the entity "card", which the label does not map to columns`,
      `${MODEL} label.entities.cart error: there is no entity "cart"`,
    ],
    [
      MODEL,
      '    amount: amount',
      '    amount: card',
      `${MODEL} label.request.amount error: expected a column of type double or int; "card" is of type string`,
    ],
    [
      MODEL,
      '    amount: amount',
      '    sum: amount',
      `${MODEL} label.request error: the feature view "payment_request" needs the request input "amount", for which the label names no column`,
      `${MODEL} label.request.sum warning: no feature of this model asks for the request input "sum"`,
    ],
    [
      MODEL,
      'to: 2026-05-01',
      'to: 2026-04-01',
      `${MODEL} evaluation.period.to error: the period ends at 2026-04-01, which is not after its start 2026-04-01`,
    ],
    [
      MODEL,
      'from: 2026-04-01',
      'from: 2026-03-01',
      `${MODEL} evaluation.period.from error: evaluation starts at 2026-03-01, before training ends at 2026-04-01`,
    ],
    [
      MODEL,
      'metrics: [auc, log_loss, ece]',
      'metrics: [auc, log_loss]',
      `${MODEL} gates.quality.ece error: the gate asks for the metric "ece", which evaluation does not compute`,
    ],
    [
      MODEL,
      'min: 0.8,',
      'min: 0.8, max: 0.7,',
      `${MODEL} gates.quality.auc.min error: the smallest allowed value 0.8 is above the largest, 0.7`,
    ],
    [
      MODEL,
      'where: amount > 500.0, minRows',
      'where: amuont > 500.0, minRows',
      `${MODEL} evaluation.slices[0].where error: unknown variable 'amuont' (at character 1)`,
    ],
    [
      MODEL,
      'payment_request.amount > 2000.0',
      'payment_request.amuont > 2000.0',
      `${MODEL} serving.rule error: unknown variable 'payment_request.amuont' (at character 1)`,
    ],
    [
      MODEL,
      '  window: 1d',
      '  window: 90m',
      `${MODEL} monitoring.window error: 90m is not a number of whole hours above 0`,
    ],
    [
      MODEL,
      '  window: 1d',
      '  window: 0s',
      `${MODEL} monitoring.window error: 0s is not a number of whole hours above 0`,
    ],
    [
      MODEL,
      'persistence: { windows: 2, of: 3 }',
      'persistence: { windows: 4, of: 3 }',
      `${MODEL} monitoring.drift.persistence.windows error: 4 windows can never drift of the latest 3`,
    ],
    [
      MODEL,
      'evaluationWindow: 30d',
      'evaluationWindow: 0d',
      `${MODEL} retraining.evaluationWindow error: a period without length has no rows`,
    ],
    [
      RECORD,
      'to: 2026-04-01',
      'to: 2025-04-01',
      `${RECORD} trainedOn.to error: trained on a period that ends at 2025-04-01, which is not after its start 2026-01-01`,
    ],
    [PROD, 'policy: default', 'policy: defualt', `${PROD} policy error: there is no policy "defualt"`],
    [
      POLICY,
      'strategies: [canary, experiment, blue-green]',
      'strategies: [canry, experiment, blue-green]',
      `${POLICY} tiers.low.strategies[0] error: there is no strategy "canry"`,
    ],
    [
      POLICY,
      'autoPromote: [staging]',
      'autoPromote: [stagin]',
      `${POLICY} tiers.low.autoPromote[0] error: there is no environment "stagin"`,
    ],
    [
      POLICY,
      'blockingGates: [quality/*, infra',
      'blockingGates: [Quality, infra',
      `${POLICY} tiers.low.blockingGates[0] error: expected a gate id or a prefix that ends in "/*", got "Quality"`,
    ],
    [
      STRATEGY,
      'weight: 0.5',
      'weight: 0.1',
      `${STRATEGY} canary.steps[1].weight error: the weight 0.1 does not rise above the step before it, 0.1`,
    ],
    [
      STRATEGY,
      'weight: 0.5',
      'weight: 1',
      `${STRATEGY} canary.steps[1].weight error: a step of all traffic leaves the champion no request to be compared with, so it never passes`,
    ],
    [
      STRATEGY,
      'shadow: { share: 0.25, minDuration: 1h, minSample: 1000 }',
      '',
      `${STRATEGY} analysis.scoreShiftMargin error: scores are compared in shadow, and this strategy has none`,
    ],
    [RELEASE, 'version: 2', 'version: 9', `${RELEASE} version error: "card-fraud" has no version 9`],
    [RELEASE, 'strategy: canary', 'strategy: blue', `${RELEASE} strategy error: there is no strategy "blue"`],
    [
      RELEASE,
      'version: 1',
      'version: 2',
      `${RELEASE} fallback.version error: version 2 is its own fallback, so it falls back to nothing`,
    ],
    [RELEASE, 'version: 1', 'version: 8', `${RELEASE} fallback.version error: "card-fraud" has no version 8`],
    [HOLD, 'model: card-fraud', 'model: fraud', `${HOLD} model error: there is no model "fraud"`],
  ])('%s with %j changed to %j', (...row) => {
    const [file = '', from = '', to = '', ...expected] = row;
    const findings = told(changed(file, from, to));
    expect(findings).toHaveLength(expected.length);
    for (const [at, text] of expected.entries()) expect(findings[at]).toContain(text);
  });

  it('points at the very value', () => {
    const { findings } = parseWorkspace(changed(MODEL, '  - card_spend.count_24h', '  - card_spend.cuont_24h'));
    expect(findings[0]?.place).toEqual({ file: MODEL, line: 15, column: 5, field: 'features[1]' });
    expect(findings[0]?.hint).toBe('Did you mean "count_24h"?');
  });

  it('allows only the strategies that the policy gives to the risk tier', () => {
    const files = changed(RELEASE, 'strategy: canary', 'strategy: at-once');
    files.set('releases/strategies/at-once.yaml', 'description: All units at once.\n');
    const { findings } = parseWorkspace(files);
    expect(findings).toMatchObject([
      {
        code: 'rule/not-allowed',
        message: 'the policy "default" does not allow the strategy "at-once" for models of risk tier high',
        hint: 'Allowed: canary, experiment.',
      },
    ]);
  });

  it('warns, and no more, when the version that is wanted is held', () => {
    const { findings, workspace } = parseWorkspace(changed(RELEASE, 'version: 2', 'version: 3'));
    expect(findings).toMatchObject([{ severity: 'warning', place: { file: RELEASE, line: 1, column: 10 } }]);
    expect(findings[0]?.message).toMatch(/^version 3 is held in "prod" since 2026-05-20T09:30:00Z by fraud-team: /);
    expect(findings[0]?.hint).toMatch(/serves on until another.* --version 3 --env prod --lift$/);
    expect(requireWorkspace({ findings, workspace, counts: parseWorkspace(new Map()).counts })).toBe(workspace);
  });

  it('warns when two versions are one package', () => {
    const files = sampleRepository();
    files.set('models/card-fraud/versions/4.yaml', files.get(RECORD)!);
    expect(told(files)).toEqual([
      'models/card-fraud/versions/4.yaml package.digest warning: version 4 is the same package as version 2',
    ]);
  });

  it.each([
    [MODEL, [...new Array<string>(5).fill('no such model'), ...new Array<string>(3).fill('there is no model')]],
    [PROD, new Array<string>(4).fill('which is not defined')],
    [ENTITY, ['there is no entity', 'there is no entity']],
  ])('says who needs %s when it is missing', (path, expected) => {
    const files = sampleRepository();
    files.delete(path);
    const messages = parseWorkspace(files).findings.map((finding) => finding.message);
    expect(messages).toHaveLength(expected.length);
    for (const text of expected)
      expect(
        messages.some((message) => message.includes(text)),
        text,
      ).toBe(true);
  });
});
