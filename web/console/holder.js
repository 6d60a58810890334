/** A holder's balance («лицевой счёт»): refunds, the other bookings, who did what with the money. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t, tryText } from "../shared/texts.js";
import { button, failed } from "../shared/ui.js";
import { actionWindow, begin, standsAt } from "./actions.js";
import { Pages, after } from "./pages.js";
import { Part } from "./part.js";
import { PAY_OUT, PUT_BACK, REFUND, SEEN_TO } from "./refund_actions.js";
import { bookingsTable } from "./search.js";
import { fullName, phoneLink, table, told, who } from "./show.js";
import { trailOf, trailView } from "./trail.js";

/** `path`: the holder, and one of their bookings: it says whose balance this is. */
export function open({ root, session, catalogue, staff, path: [holder = "", booking] }) {
  const it = { session, catalogue, staff, path: `/internal/holders/${encodeURIComponent(holder)}`, action: null, done: null };
  it.page = new Page(root, {}, () => view(it));
  it.load = () => load(it);
  it.changed = (words) => changed(it, words);
  it.balance = new Part(it.page, async () => (await session.call("GET", `${it.path}/balance`)).available);
  it.refunds = new Pages(it.page, async (cursor) => {
    const { refunds, next } = await session.call("GET", `${it.path}/refunds${after(cursor)}`);
    return { rows: refunds, next };
  });
  it.statement = new Pages(it.page, async (cursor) => {
    const { lines, next } = await session.call("GET", `${it.path}/balance/statement${after(cursor)}`);
    return { rows: lines, next };
  });
  it.trail = trailOf(it.page, session, `${it.path}/trail`);
  if (booking) giveHolder(it, booking, holder);
  standsAt(it);
  it.load();
  return { close() {}, resume: it.load };
}

/** Who the holder is stands with the booking; their other bookings are found by the phone, which no address tells. */
function giveHolder(it, booking, holder) {
  const { page, session } = it;
  it.holder = new Part(page, async () => {
    const { holder_id, people } = await session.call("GET", `/internal/bookings/${encodeURIComponent(booking)}`);
    return holder_id === holder ? people.holder : null; // an address may be put together by hand
  });
  it.bookings = new Pages(page, async (cursor) => {
    const body = { phone: it.holder.value.phone, ...(cursor && { cursor }) };
    const { bookings, next } = await session.call("POST", "/internal/bookings/search", { body });
    return { rows: bookings, next };
  });
}

async function load(it) {
  const parts = [it.balance, it.refunds, it.statement, !it.holder?.value && it.holder, it.trail.rows && it.trail];
  await Promise.all(parts.filter(Boolean).map((each) => each.load()));
  if (it.holder?.value) await it.bookings.load();
}

async function changed(it, words) {
  Object.assign(it, { action: null, done: words });
  it.page.focus(".told");
  await it.load();
}

function view(it) {
  const holder = it.holder?.value;
  return html`
    <div class="bar">
      <h1>${t("console.sections.holders")}</h1>
      <p>${holder ? html`${fullName(holder)}, ${phoneLink(holder.phone)}` : nothing}</p>
    </div>
    ${told(it.done)}
    <div class="split">
      <div>
        <section class="card" aria-labelledby="refunds">
          <header>
            <h2 id="refunds">${t("record.refunds.title")}</h2>
            ${it.balance.value ? button(t("desk.actions.refund.title"), () => begin(it, REFUND), { look: "plain" }) : nothing}
          </header>
          ${it.refunds.view((rows) => refundsTable(rows, it), t("record.refunds.none"))}
        </section>
        <section class="card" aria-labelledby="statement">
          <h2 id="statement">${t("record.statement.title")}</h2>
          ${it.statement.view((rows) => statementTable(rows, it), t("record.statement.none"))}
        </section>
        ${holder || it.holder?.error ? bookingsView(it) : nothing}
      </div>
      <div>
        <section class="card" aria-labelledby="balance">
          <h2 id="balance">${t("record.money.balance")}</h2>
          ${it.balance.view((available) => html`<p class="big">${format.money(available)}</p>`)}
        </section>
        ${trailView(it.trail, it)}
      </div>
    </div>
    ${it.action ? actionWindow(it) : nothing}
  `;
}

const bookingsView = (it) => html`
  <section class="card" aria-labelledby="bookings">
    <h2 id="bookings">${t("record.refunds.bookings")}</h2>
    ${it.holder.error ? failed(it.holder.error, it.load) : it.bookings.view((rows) => bookingsTable(rows, it.catalogue), t("desk.search.none"))}
  </section>
`;

const statementTable = (rows, { catalogue }) =>
  table(t("record.statement.title"), [
    [t("record.statement.when"), (row) => format.moment(row.posted_at, catalogue.time_zone)],
    [t("record.statement.what"), (row) => html`${tryText(`movements.${row.reason}`) ?? t("movements.other")}<small><a href="/console/bookings/${row.booking_id}">${t("record.refunds.booking")}</a></small>`],
    [t("desk.columns.amount"), (row) => `${row.amount > 0 ? "+" : ""}${format.money(row.amount)}`, "number"],
  ], rows);

const refundsTable = (rows, it) =>
  table(t("record.refunds.title"), [
    [t("record.refunds.asked"), (row) => html`${format.moment(row.asked_at, it.catalogue.time_zone)}<small>${who(row.asked_by, it.staff)}${row.asked_for ? html`, ${tryText(`record.refunds.reasons.${row.asked_for}`)}` : nothing}</small>`],
    [t("desk.columns.amount"), (row) => format.money(row.amount), "number"],
    [t("record.money.way"), (row) => html`${t(`record.refunds.ways.${row.way}`)}<small><a href="/console/bookings/${row.booking_id}">${t("record.refunds.booking")}</a></small>`],
    [t("desk.columns.state"), (row) => stateCell(row, it)],
    [t("record.refunds.answer"), (row) => actionsCell(row, it)],
  ], rows);

function stateCell(row, { catalogue }) {
  const look = { succeeded: "good", refused: "bad" }[row.status] ?? "wait";
  const at = row.ended_at ?? row.answer_by;
  return html`
    <span class="state ${look}">${t(`record.refunds.statuses.${row.status}`)}</span>
    <small>${t(row.ended_at ? "record.refunds.ended" : "record.refunds.by", { moment: format.moment(at, catalogue.time_zone) })}</small>
    ${row.reason ? html`<small>${row.reason}</small>` : nothing}
    ${row.document ? html`<small>${t("record.trail.document", { number: row.document })}</small>` : nothing}
  `;
}

function actionsCell(row, it) {
  const actions = { refund_to_pay_out: [PAY_OUT, PUT_BACK], refund_refused: [SEEN_TO] }[row.task] ?? [];
  if (!actions.length) return "–";
  return html`<div class="row">${actions.map((each) => button(t(`desk.actions.${each.name}.title`), () => begin(it, { ...each, about: row.refund }), { look: "plain" }))}</div>`;
}
