/** A holder's balance («лицевой счёт»): refunds, the other bookings, who did what with the money. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t, tryText } from "../shared/texts.js";
import { button, failed, loading, message } from "../shared/ui.js";
import { actionWindow, begin } from "./actions.js";
import { Pages, after } from "./pages.js";
import { Part } from "./part.js";
import { PAY_OUT, PUT_BACK, REFUND, SEEN_TO } from "./refund_actions.js";
import { bookingsTable } from "./search.js";
import { fullName, phoneLink, table, who } from "./show.js";
import { trailOf, trailView } from "./trail.js";

/** `path`: the holder, and one of their bookings: it says whose balance this is. */
export function open({ root, session, catalogue, staff, path: [holder = "", booking] }) {
  const it = { session, catalogue, staff, path: `/internal/holders/${encodeURIComponent(holder)}`, action: null, done: null };
  it.page = new Page(root, {}, () => view(it));
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
  load(it);
  return { close() {} };
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
  it.page.focus(".message.done");
  await load(it);
}

function view(it) {
  const holder = it.holder?.value;
  return html`
    <div class="bar">
      <h1>${t("console.sections.holders")}</h1>
      <p>${holder ? html`${fullName(holder)}, ${phoneLink(holder.phone)}` : nothing}</p>
    </div>
    ${it.done ? html`<div tabindex="-1">${message("done", it.done)}</div>` : nothing}
    <div class="split">
      <div>
        <section class="card" aria-labelledby="refunds">
          <header>
            <h2 id="refunds">${t("desk.refunds.title")}</h2>
            ${it.balance.value ? button(t("desk.actions.refund.title"), () => begin(it, REFUND), { look: "plain" }) : nothing}
          </header>
          ${it.refunds.view((rows) => refundsTable(rows, it), t("desk.refunds.none"))}
        </section>
        <section class="card" aria-labelledby="statement">
          <h2 id="statement">${t("desk.statement.title")}</h2>
          ${it.statement.view((rows) => statementTable(rows, it), t("desk.statement.none"))}
        </section>
        ${holder || it.holder?.error ? bookingsView(it) : nothing}
      </div>
      <div>
        <section class="card" aria-labelledby="balance">
          <h2 id="balance">${t("desk.money.balance")}</h2>
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
    <h2 id="bookings">${t("desk.refunds.bookings")}</h2>
    ${it.holder.error ? failed(it.holder.error, () => load(it)) : it.bookings.view((rows) => bookingsTable(rows, it.catalogue), t("desk.search.none"))}
  </section>
`;

const statementTable = (rows, { catalogue }) =>
  table(t("desk.statement.title"), [
    [t("desk.statement.when"), (row) => format.moment(row.posted_at, catalogue.time_zone)],
    [t("desk.statement.what"), (row) => html`${tryText(`movements.${row.reason}`) ?? t("movements.other")}<small><a href="/console/bookings/${row.booking_id}">${t("desk.refunds.booking")}</a></small>`],
    [t("desk.money.amount"), (row) => `${row.amount > 0 ? "+" : ""}${format.money(row.amount)}`, "number"],
  ], rows);

const refundsTable = (rows, it) =>
  table(t("desk.refunds.title"), [
    [t("desk.refunds.asked"), (row) => html`${format.moment(row.asked_at, it.catalogue.time_zone)}<small>${who(row.asked_by, it.staff)}${row.asked_for ? html`, ${tryText(`desk.refunds.reasons.${row.asked_for}`)}` : nothing}</small>`],
    [t("desk.money.amount"), (row) => format.money(row.amount), "number"],
    [t("desk.money.way"), (row) => html`${t(`desk.refunds.ways.${row.way}`)}<small><a href="/console/bookings/${row.booking_id}">${t("desk.refunds.booking")}</a></small>`],
    [t("desk.columns.state"), (row) => stateCell(row, it)],
    [t("desk.refunds.answer"), (row) => actionsCell(row, it)],
  ], rows);

function stateCell(row, { catalogue }) {
  const look = { succeeded: "good", refused: "bad" }[row.status] ?? "wait";
  const at = row.ended_at ?? row.answer_by;
  return html`
    <span class="state ${look}">${t(`desk.refunds.statuses.${row.status}`)}</span>
    <small>${t(row.ended_at ? "desk.refunds.ended" : "desk.refunds.by", { moment: format.moment(at, catalogue.time_zone) })}</small>
    ${row.reason ? html`<small>${row.reason}</small>` : nothing}
    ${row.document ? html`<small>${t("desk.trail.document", { number: row.document })}</small>` : nothing}
  `;
}

function actionsCell(row, it) {
  const actions = { refund_to_pay_out: [PAY_OUT, PUT_BACK], refund_refused: [SEEN_TO] }[row.task] ?? [];
  if (!actions.length) return "–";
  return html`<div class="row">${actions.map((each) => button(t(`desk.actions.${each.name}.title`), () => begin(it, { ...each, refund: row }), { look: "plain" }))}</div>`;
}
