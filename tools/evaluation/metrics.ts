import type { MetricName } from '@signalbox/contracts';
import { brier, calibrationError, logLoss, rocAuc, type ScoredRows, type Statistic } from '../statistics/index.js';

export interface Metric {
  readonly betterIs: 'higher' | 'lower';
  /** As reports print it. */
  readonly title: string;
  readonly compute: (rows: ScoredRows) => Statistic<number>;
}

/** Bins of the calibration error; fifteen is what the literature uses (Guo et al., 2017), ten is scikit-learn's default and steadier. */
export const CALIBRATION_BINS = 10;

/** Every metric of a binary classifier, one row each. */
export const METRICS: Readonly<Record<MetricName, Metric>> = {
  auc: { betterIs: 'higher', title: 'Area under the ROC curve', compute: rocAuc },
  log_loss: { betterIs: 'lower', title: 'Log loss', compute: logLoss },
  brier: { betterIs: 'lower', title: 'Brier score', compute: brier },
  ece: {
    betterIs: 'lower',
    title: 'Expected calibration error',
    compute: (rows) => {
      const error = calibrationError(rows, CALIBRATION_BINS);
      return error.defined ? { defined: true, value: error.value.ece } : error;
    },
  },
};
