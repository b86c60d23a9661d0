import { judgeUnderWay } from './advance.js';
import type { Rule } from './transition.js';

/** Nothing starts or moves on while something stands against it: a document with an error, a freeze, another model; a candidate keeps the traffic that it has, as long as it does not fail. */
export const wait: Rule = (situation) => {
  const { desired, state } = situation;
  if (desired.waits.length === 0) return null;
  const judged = judgeUnderWay(situation);
  if (judged?.rejection) return judged.rejection;
  const reasons = [`version ${desired.package.version} waits: ${desired.waits.join('; ')}`];
  return { state, reasons, verdicts: judged?.verdicts ?? [] };
};
