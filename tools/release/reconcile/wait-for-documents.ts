import type { Rule } from './transition.js';

/** Nothing starts or moves on while its documents are wrong; a candidate keeps the traffic that it has. */
export const waitForDocuments: Rule = ({ desired, state }) => {
  if (desired.blocked === null) return null;
  const reasons = [`version ${desired.package.version} waits: ${desired.blocked}`];
  return { state, reasons, verdicts: [] };
};
