/** Bookings by phone, name or contract: one line, and what was typed says which. It is sent in a body, never in an address. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { fieldsOf, newForm, problem, refuse, sent, submit } from "./form.js";
import { Pages } from "./pages.js";
import { doctorName, kindTitle, phoneLink, stateBadge, table } from "./show.js";

let remembered = null; // the last search of this tab: who comes back from a booking finds it again

export function open({ root, session, catalogue, staff }) {
  const known = remembered?.staff === staff.id ? remembered : { staff: staff.id, form: newForm({ query: "" }), found: null };
  remembered = known;
  const page = new Page(root, known, (state, drawn) => view(state, drawn, { session, catalogue }));
  known.found?.drawOn(page);
  page.focus("input");
  return { close() {} };
}

/** Which of the three something typed is. */
export function meant(typed) {
  const text = typed.trim();
  if (/^[oо][kк]\W?\d/i.test(text)) return "contract";
  return /^\+?[\d\s()-]+$/.test(text) ? "phone" : "name";
}

function view(state, page, { session, catalogue }) {
  const { form, found } = state;
  const typed = form.values.query.trim();
  return html`
    <h1>${t("console.sections.search")}</h1>
    <form class="card" role="search" novalidate @submit=${sent(() => search(state, page, session))}>
      ${problem(form)}
      <div class="line">
        ${fieldsOf(page, form).text("query", t("desk.search.query"), {
          type: "search", maxlength: 120, hint: typed ? t(`desk.search.by.${meant(typed)}`) : t("desk.search.hint"),
        })}
        ${button(t("desk.search.do"), null, { type: "submit", busy: form.busy })}
      </div>
    </form>
    <section aria-label=${t("desk.search.found")}>
      ${found ? html`<p class="unseen" role="status">${foundWords(found)}</p>${found.view((rows) => bookingsTable(rows, catalogue), t("desk.search.none"))}` : nothing}
    </section>
  `;
}

const foundWords = ({ rows, next }) => (rows ? t("desk.search.count", { count: rows.length, more: next ? "+" : "" }) : "");

async function search(state, page, session) {
  const { form } = state;
  const typed = form.values.query.trim();
  if (!typed) return refuse(page, form, { query: t("desk.search.empty") });
  const by = meant(typed);
  const ask = async (cursor) => {
    const { bookings, next } = await session.call("POST", "/internal/bookings/search", { body: { [by]: typed, ...(cursor && { cursor }) } });
    return { rows: bookings, next };
  };
  const first = await submit(page, form, () => ask(null));
  if (!first) {
    if (form.errors[by]) refuse(page, form, { query: form.errors[by] }); // the line stands for all three
    return page.change({ found: null });
  }
  const found = new Pages(page, ask);
  Object.assign(found, first);
  page.change({ found });
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
