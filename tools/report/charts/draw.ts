import type { TopLevelSpec } from 'vega-lite';
import { INK, MUTED, RULE, toVariables } from './palette.js';

const FONT = 'ui-sans-serif, system-ui, sans-serif';

/** Quiet axes: the data is the darkest thing on the page. */
const CONFIG: NonNullable<TopLevelSpec['config']> = {
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: MUTED,
    labelFontSize: 11,
    titleColor: MUTED,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titlePadding: 8,
    gridColor: RULE,
    domainColor: RULE,
    tickColor: RULE,
    tickSize: 4,
  },
  legend: { labelColor: INK, labelFontSize: 12, symbolType: 'circle', orient: 'top', title: null, offset: 8 },
  text: { color: INK, font: FONT, fontSize: 11 },
};

/** A Vega-Lite chart as SVG that scales with its column, labelled for screen readers. Vega is loaded on first use: it is large. */
export async function drawChart(spec: TopLevelSpec, label: string): Promise<string> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const compiled = lite.compile({ ...spec, config: CONFIG }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
  const svg = toVariables(await view.toSVG());
  view.finalize();
  return svg
    .replace(/ width="[^"]*" height="[^"]*"/, '')
    .replace('<svg ', `<svg role="img" aria-label="${label.replaceAll('"', '&quot;')}" `);
}
