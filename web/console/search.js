/** Bookings by phone, name or contract: one line, and what was typed says which. It is sent in a body, never in an address. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { fieldsOf, newForm, problem, refuse, sent, submit } from "./form.js";
import { Kept } from "./kept.js";
import { Pages } from "./pages.js";
import { doctorName, kindTitle, phoneLink, stateBadge, table } from "./show.js";

let kept = null; // the last search of this tab: who comes back from a booking finds it again

export function open({ root, session, catalogue, staff }) {
  if (kept?.staff !== staff.id) kept = Object.assign(new Kept(staff.id), { form: newForm({ query: "" }), found: null });
  Object.assign(kept, { session, catalogue, page: new Page(root, kept, view) });
  kept.focus("input");
  return { close() {} };
}

/** Which of the three something typed is. */
export function meant(typed) {
  const text = typed.trim();
  if (/^[oо][kк]\W?\d/i.test(text)) return "contract";
  return /^\+?[\d\s()-]+$/.test(text) ? "phone" : "name";
}

function view(it) {
  const { form, found, catalogue } = it;
  const typed = form.values.query.trim();
  return html`
    <h1>${t("console.sections.search")}</h1>
    <form class="card" role="search" novalidate @submit=${sent(() => search(it))}>
      ${problem(form)}
      <div class="line">
        ${fieldsOf(it, form).text("query", t("desk.search.query"), {
          type: "search", maxlength: 120, hint: typed ? t(`desk.search.by.${meant(typed)}`) : t("desk.search.hint"),
        })}
        ${button(t("desk.search.do"), null, { type: "submit", busy: form.busy })}
      </div>
    </form>
    <section aria-label=${t("desk.search.found")}>
      <p class="unseen" role="status">${found ? foundWords(found) : nothing}</p>
      ${found?.view((rows) => bookingsTable(rows, catalogue), t("desk.search.none")) ?? nothing}
    </section>
  `;
}

const foundWords = ({ rows, next }) => (rows ? t("desk.search.count", { count: rows.length, more: next ? "+" : "" }) : "");

async function search(it) {
  const { form, session } = it;
  if (form.busy) return;
  const typed = form.values.query.trim();
  if (!typed) return refuse(it, form, { query: t("desk.search.empty") });
  const by = meant(typed);
  const ask = async (cursor) => {
    const { bookings, next } = await session.call("POST", "/internal/bookings/search", { body: { [by]: typed, ...(cursor && { cursor }) } });
    return { rows: bookings, next };
  };
  const first = await submit(it, form, () => ask(null));
  if (!first && form.errors[by]) refuse(it, form, { query: form.errors[by] }); // the line stands for all three
  it.found = first && Object.assign(new Pages(it, ask), first);
  it.draw();
}

/** Bookings with their people, each a way to its page. */
export const bookingsTable = (rows, catalogue) =>
  table(t("desk.search.found"), [
    [t("desk.columns.when"), (row) => html`<a href="/console/bookings/${row.booking_id}">${format.moment(row.slot.start, catalogue.time_zone)}</a>`],
    [t("desk.columns.patient"), (row) => html`${row.patient}${row.holder === row.patient ? nothing : html`<small>${t("desk.columns.holder")}: ${row.holder}</small>`}`],
    [t("desk.columns.phone"), (row) => phoneLink(row.phone)],
    [t("desk.columns.doctor"), (row) => html`${doctorName(catalogue, row.slot.doctor)}<small>${kindTitle(catalogue, row.kind)}</small>`],
    [t("desk.columns.state"), (row) => html`${stateBadge(row.status)}${row.task ? html` <span class="state bad">${t("desk.columns.task")}</span>` : nothing}`],
    [t("desk.columns.price"), (row) => format.money(row.price), "number"],
  ], rows);
