import { findingAt } from '../document-set.js';
import { type Check, checkReference } from './check.js';

/** `quality/auc` or `quality/*`. */
const GATE = /^[a-z][a-z0-9-]*(\/[a-z0-9_-]+)*(\/\*)?$/;

export const checkPolicy: Check<'policy'> = function* (file, { documents }) {
  for (const [tier, { strategies, autoPromote, blockingGates }] of Object.entries(file.document.tiers)) {
    const path = ['tiers', tier];
    for (const [at, name] of strategies.entries()) {
      yield* checkReference(file, [...path, 'strategies', at], { kind: 'strategy', name, set: documents });
    }
    for (const [at, name] of autoPromote.entries()) {
      yield* checkReference(file, [...path, 'autoPromote', at], { kind: 'environment', name, set: documents });
    }
    for (const [at, gate] of blockingGates.entries()) {
      if (GATE.test(gate)) continue;
      const message = `expected a gate id or a prefix that ends in "/*", got ${JSON.stringify(gate)}`;
      const hint = 'For example: quality/auc, or quality/*';
      yield findingAt(file, [...path, 'blockingGates', at], { code: 'schema/bad-value', message, hint });
    }
  }
};
