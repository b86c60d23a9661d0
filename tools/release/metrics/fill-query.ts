import { SignalboxError } from '@signalbox/contracts';
import type { Subject } from './subject.js';

const NAMES = ['environment', 'model', 'version', 'serial'] as const;

/** A query with its `{{name}}`s filled in. They are names and whole numbers by the grammar of the documents, so none can end a string of PromQL. */
export function fillQuery(query: string, subject: Pick<Subject, (typeof NAMES)[number]>): string {
  return query.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, (_whole, name: string) => {
    const known = NAMES.find((one) => one === name);
    if (known !== undefined) return String(subject[known]);
    throw new SignalboxError(
      'input/bad-expression',
      `the query has {{${name}}}; it may have {{${NAMES.join('}}, {{')}}}`,
    );
  });
}
