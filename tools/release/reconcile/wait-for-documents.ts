import { judgeUnderWay } from './advance.js';
import type { Rule } from './transition.js';

/** Nothing starts or moves on while its documents are wrong; a candidate keeps the traffic that it has, as long as it does not fail. */
export const waitForDocuments: Rule = (situation) => {
  const { desired, state } = situation;
  if (desired.blocked === null) return null;
  const judged = judgeUnderWay(situation);
  if (judged?.rejection) return judged.rejection;
  const reasons = [`version ${desired.package.version} waits: ${desired.blocked}`];
  return { state, reasons, verdicts: judged?.verdicts ?? [] };
};
