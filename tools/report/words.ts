import type { ReportVersion } from './report-data.js';

/** Numbers and names as a reader wants them. Times are UTC: a report reads the same everywhere. */

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`;
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

export function eventTime(eventUs: number): string {
  return new Date(eventUs / 1000).toISOString().slice(0, 16).replace('T', ' ');
}

export function wallClock(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 21);
}

/** A measured number with as many digits as mean something. */
export function figureWords(value: number): string {
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(3)));
}

/** Long numbers inside of a text, such as the edges of bins, with four digits. */
export function shortNumbers(text: string): string {
  return text.replace(/-?\d+\.\d+(?:e[+-]?\d+)?/g, (number) => String(Number(Number(number).toPrecision(4))));
}

/** Digests and commits by their first digits. */
export function shortNames(text: string): string {
  return text.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1').replace(/\b([0-9a-f]{12})[0-9a-f]{28}\b/g, '$1');
}

const METRICS: Readonly<Record<string, string>> = {
  auc: 'AUC (area under the ROC curve)',
  log_loss: 'Log loss',
  brier: 'Brier score',
  ece: 'Expected calibration error',
};

export function metricName(name: string): string {
  return METRICS[name] ?? name;
}

export function outcomeWords(outcome: ReportVersion['outcome']): string {
  switch (outcome) {
    case 'live':
      return 'live';
    case 'blocked':
      return 'blocked by a gate';
    case 'rejected':
      return 'rejected by its rollout';
    case 'rolled-back':
      return 'rolled back';
    case 'superseded':
      return 'superseded';
  }
}
