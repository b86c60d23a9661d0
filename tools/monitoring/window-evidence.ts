import { type EvidenceCell, mergeCells } from '@signalbox/contracts';
import type { Window, WindowEvidence } from './windows.js';

/**
 * What a package did as champion in each window. `cells` must reach back one window before the first: whether traffic had begun by then decides
 * whether the first can stand for itself. Only the champion's own traffic counts: a candidate's units come at changing weights within a window, copies
 * and fallbacks are picked by something else than chance.
 */
export function evidenceByWindow(
  cells: readonly EvidenceCell[],
  digest: string,
  windows: readonly Window[],
): readonly WindowEvidence[] {
  const champions = cells.filter(({ route, asked }) => route === 'champion' && asked > 0);
  return windows.map((window) => {
    const within = champions.filter(({ windowUs }) => isIn(window, windowUs));
    const own = within.filter((cell) => cell.package === digest);
    const [cell = null] = mergeCells(own, () => 'one');
    return { ...window, cell, coverage: coverageOf(window, { within, own, champions }) };
  });
}

function coverageOf(
  { fromUs, toUs }: Window,
  found: Readonly<Record<'within' | 'own' | 'champions', readonly EvidenceCell[]>>,
): WindowEvidence['coverage'] {
  if (found.within.length > found.own.length) return 'taken-over';
  const before = { fromUs: fromUs - (toUs - fromUs), toUs: fromUs };
  return found.champions.some(({ windowUs }) => isIn(before, windowUs)) ? 'whole' : 'first';
}

function isIn({ fromUs, toUs }: Window, us: number): boolean {
  return us >= fromUs && us < toUs;
}
