export * from './checkout.js';
export { type MetricReader, type MetricSources, type MetricsQuestion, openMetricReader } from './metric-reader.js';
export * from './metrics-question.js';
