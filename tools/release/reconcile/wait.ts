import { standAside } from './begin.js';
import type { Rule } from './transition.js';
import { judgeLeftover, judgeUnderWay } from './under-way.js';

/** Nothing starts or moves on while something stands against it: a document with an error, a freeze, another model; a candidate keeps the traffic that it has, as long as it does not fail. */
export const wait: Rule = (situation) => {
  const { desired, state } = situation;
  if (desired.waits.length === 0) return null;
  const judged = judgeUnderWay(situation) ?? judgeLeftover(situation);
  if (judged?.setback) return judged.setback;
  const why = `version ${desired.package.version} waits: ${desired.waits.join('; ')}`;
  return judged === null ? standAside(situation, why) : { state, reasons: [why], verdicts: judged.verdicts };
};
