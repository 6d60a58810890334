/**
 * Bars drawn by hand. Each chart is a picture for the eye; the same numbers stand in a table below it, for screen
 * readers and for copying. Nothing is said by colour alone: values are written, the second part of a bar is hatched.
 */

import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";

const ROW = 46; // pixels
const BAR = 14;
const TEXT = 14; // where the line of text stands in a row
const TOP = 22; // where the bar does

/**
 * Lying bars. `rows`: [{ name, words, parts: [number, number?] }, …]; a bar is as long as its parts are of `most`,
 * and `words` is what is written of it.
 */
export function bars(title, rows, most = Math.max(0, ...rows.map(({ parts }) => sum(parts)))) {
  return html`
    <svg class="chart" role="img" aria-label=${t("figures.chart", { title })} width="100%" height=${rows.length * ROW}>
      ${rows.map((row, number) => barView(row, number * ROW, most))}
    </svg>
  `;
}

const sum = (numbers) => numbers.reduce((whole, each) => whole + Math.max(0, each), 0);
const percent = (part, whole) => `${whole > 0 ? (100 * Math.max(0, part)) / whole : 0}%`;

const barView = ({ name, words, parts: [first, second = 0] }, y, most) => svg`
  <text x="0" y=${y + TEXT}>${name}</text>
  <text class="value" x="100%" y=${y + TEXT} text-anchor="end">${words}</text>
  <rect class="rail" x="0" y=${y + TOP} width="100%" height=${BAR} rx="3" />
  <rect class="bar-part" x="0" y=${y + TOP} width=${percent(first, most)} height=${BAR} rx="3" />
  ${second > 0 ? svg`<rect class="second" fill="url(#hatch)" x=${percent(first, most)} y=${y + TOP} width=${percent(second, most)} height=${BAR} rx="3" />` : nothing}
`;

/** What the two parts of the bars are; how the second one looks in all charts below. */
export const legend = (first, second) => html`
  <p class="legend">
    <svg width="14" height="14" aria-hidden="true">
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="6" height="6" /><rect class="hatch-line" width="3" height="6" />
        </pattern>
      </defs>
      <rect class="bar-part" width="14" height="14" rx="3" />
    </svg>
    ${first}
    <svg width="14" height="14" aria-hidden="true"><rect class="second" fill="url(#hatch)" width="14" height="14" rx="3" /></svg> ${second}
  </p>
`;

/** The numbers of a chart. `columns`: [[heading, (row) => content], …]; the first names the row. */
export const numbers = (caption, columns, rows) => html`
  <details class="numbers">
    <summary>${t("figures.numbers")}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("figures.table", { title: caption })}>
      <table>
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>${columns.map(([heading], index) => html`<th scope="col" class=${index ? "number" : ""}>${heading}</th>`)}</tr>
        </thead>
        <tbody>
          ${rows.map((row) => html`<tr>${columns.map(([, content], index) => (index ? html`<td class="number">${content(row)}</td>` : html`<th scope="row">${content(row)}</th>`))}</tr>`)}
        </tbody>
      </table>
    </div>
  </details>
`;
