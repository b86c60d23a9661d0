/** Of what a metric is asked: one version under one manifest, in the time that a stage has been under way. */
export interface Subject {
  readonly environment: string;
  readonly model: string;
  readonly version: number;
  readonly digest: string;
  readonly serial: number;
  readonly commit: string;
  readonly fromUs: number;
  readonly nowUs: number;
}
