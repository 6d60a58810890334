/** Who did what, when and why. It is long and seldom asked for, so it is read when somebody opens it. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { Pages, after } from "./pages.js";
import { who } from "./show.js";

export const trailOf = (page, session, address) =>
  new Pages(page, async (cursor) => {
    const { entries, next } = await session.call("GET", address + after(cursor));
    return { rows: entries, next };
  });

export const trailView = (trail, context) => html`
  <details class="card" @toggle=${({ target }) => target.open && !trail.rows && trail.load()}>
    <summary><h2>${t("record.trail.title")}</h2></summary>
    ${trail.rows || trail.busy || trail.error
      ? trail.view((entries) => html`<ol class="plain-list ruled">${together(entries).map((each) => entryView(each, context))}</ol>`, t("record.trail.none"))
      : nothing}
  </details>
`;

/** The same done again and again by one person, such as a reading, is one line: the latest, and how many. */
function together(entries) {
  const lines = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    const same = last && last.action === entry.action && last.by === entry.by && !entry.why && !last.why;
    if (same && entry.action.endsWith("_read")) last.times += 1;
    else lines.push({ ...entry, times: 1 });
  }
  return lines;
}

const entryView = ({ at, by, action, why, about, times }, { staff, catalogue }) => html`
  <li>
    <strong>${tryText(`record.trail.actions.${action}`) ?? action}${times > 1 ? ` × ${times}` : nothing}</strong>
    <small>${format.moment(at, catalogue.time_zone)}, ${who(by, staff)}</small>
    ${aboutWords(about)} ${why ? html`<p class="preformatted">${tryText(`record.refunds.reasons.${why}`) ?? why}</p>` : nothing}
  </li>
`;

/** What of the ids and codes tells people something. */
function aboutWords({ amount, returned, outcome, result, document }) {
  const words = [
    amount && format.money(amount),
    returned && t("record.trail.returned", { sum: format.money(returned) }),
    outcome && (tryText(`outcomes.${outcome}`) ?? outcome),
    result && (tryText(`desk.attempts.${result}`) ?? tryText(`desk.callbacks.results.${result}`) ?? result),
    document && !/^doc-/.test(document) && t("record.trail.document", { number: document }),
  ].filter(Boolean);
  return words.length ? html`<small>${words.join(", ")}</small>` : nothing;
}
