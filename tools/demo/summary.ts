import { rename, writeFile } from 'node:fs/promises';
import type { ReportVersion } from '../report/index.js';

/** What `--summary` writes. `blocked`, `drift` and `lineage` are empty until the stages that fill them stand. */
export interface DemoSummary {
  readonly requests: number;
  /** Requests with no useful answer. */
  readonly failed: number;
  readonly degraded: number;
  readonly wallSeconds: number;
  readonly acts: readonly { readonly name: string; readonly seconds: number }[];
  readonly versions: readonly {
    readonly model: string;
    readonly version: number;
    readonly digest: string;
    readonly outcome: ReportVersion['outcome'];
  }[];
  readonly blocked: readonly {
    readonly version: number;
    readonly gate: string;
    readonly reason: string;
    readonly feature: string;
    readonly rows: number;
  }[];
  readonly rollbackSeconds: number;
  readonly rollbackAllowedSeconds: number;
  readonly drift: readonly {
    readonly signal: string;
    readonly distance: number;
    readonly value: number;
    readonly threshold: number;
  }[];
  readonly parity: { readonly checked: number; readonly unexplained: number };
  readonly lineage: {
    readonly prediction: string;
    readonly version: number;
    readonly commit: string;
    readonly run: string;
    readonly dataset: string;
  } | null;
  readonly pods: readonly { readonly http: string }[];
  readonly report: string;
}

/** Whole or not at all. */
export async function writeSummary(path: string, summary: DemoSummary): Promise<void> {
  const draft = `${path}.part`;
  await writeFile(draft, `${JSON.stringify(summary, null, 2)}\n`);
  await rename(draft, path);
}
