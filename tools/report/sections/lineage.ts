import { drawLineage } from '../diagram/draw.js';
import { type Html, html } from '../html.js';
import type { ReportLineage } from '../report-data.js';

/** One answer, and everything that it came from. */
export function lineageSection({ graph, prediction, story }: ReportLineage): Html {
  return html`<section>
    <h2>Where one answer came from</h2>
    <p class="lead">The prediction <code>${prediction}</code>, traced from its id alone: to the manifest and the release that let a version answer, and to the run, the rows and the definitions that made it.</p>
    ${story.map((sentence) => html`<p>${sentence}</p>`)}
    <figure class="wide scroll">${drawLineage(graph, `What the prediction ${prediction} came from`)}<figcaption>Causes lie below their effects. A dashed frame could not be made certain; point at a box for all that is known of it.</figcaption></figure>
  </section>`;
}
