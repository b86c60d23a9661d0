import { standAside } from './begin.js';
import { isClash } from './state.js';
import type { Rule } from './transition.js';

/** A version number names one package for ever, and a package has one number: pods, holds and rejections name one by the other. */
export const refuseReusedNumber: Rule = (situation) => {
  const asked = situation.desired.package;
  const other = situation.published.packages.find((one) => isClash(one, asked));
  if (other === undefined) return null;
  const why = `version ${asked.version} is ${asked.digest} by its record, and ${other.digest} is published as version ${other.version}: a number is never used twice, and no package has two: propose a new version`;
  return standAside(situation, why);
};
