import { outsideChangeWindows } from './change-window.js';
import { claimedTwice } from './claims.js';
import { documentsInError } from './documents.js';
import { frozen } from './freeze.js';
import { gatesRefused } from './gates.js';
import { lapsedVerdict } from './lapsed-verdict.js';
import { nothingKnown } from './nothing-known.js';
import { packageMissing } from './package-missing.js';
import { requiredModelsMissing } from './requires.js';
import { soakNotOver } from './soak.js';
import type { Wait, Wanted } from './wanted.js';

export { alsoNamed, newNamed } from './beside.js';
export { outsideChangeWindows } from './change-window.js';
export { freezesInForce } from './freeze.js';
export { refusedGate } from './gates.js';
export { blocksByOthers, lapsesAgainst, lapsesAgainstLive } from './lapsed-verdict.js';
export { missingRequirements } from './requires.js';
export { type LiveElsewhere, needsSoak, type Soak } from './soak.js';
export { type Background, standing, type Wanted } from './wanted.js';

/** In the order in which people read them: what is wrong first, then what only time will end. */
const WAITS: readonly Wait[] = [
  documentsInError,
  gatesRefused,
  lapsedVerdict,
  nothingKnown,
  claimedTwice,
  packageMissing,
  ({ background }) => background.unread,
  requiredModelsMissing,
  soakNotOver,
  frozen,
  outsideChangeWindows,
];

/** Every reason why a version may not start or move on now. */
export function waitsFor(wanted: Wanted): readonly string[] {
  return WAITS.flatMap((wait) => wait(wanted));
}
