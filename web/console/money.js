/** A booking's money: price, what is due, payments, fiscal receipts, and what its holder has on the balance. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { facts } from "../shared/ui.js";
import { table } from "./show.js";

export function moneyView({ booking: { value }, balance, id, operates, catalogue }) {
  const { booking, holder_id, received, receipts } = value;
  const payments = paymentsOf(value);
  const account = (available) => html`<a href="/console/holders/${holder_id}/${id}">${format.money(available)}</a>`;
  return html`
    <section class="card" aria-labelledby="money">
      <h2 id="money">${t("desk.booking.money")}</h2>
      ${facts([
        [t("desk.columns.price"), format.money(booking.price)],
        [t("record.money.due"), booking.due ? html`<strong>${format.money(booking.due)}</strong>` : null],
        [t("record.money.received"), booking.due && received ? format.money(received) : null],
        [t("record.money.paid"), booking.paid_at ? format.moment(booking.paid_at, catalogue.time_zone) : null],
        [t("record.money.balance"), operates ? balance.view(account) : null],
      ])}
      ${payments.length ? paymentsView(payments, catalogue) : nothing} ${receipts.length ? receiptsView(receipts, catalogue) : nothing}
    </section>
  `;
}

/** By card or from the balance, and what the desk took, in one shape. */
const paymentsOf = ({ payments, desk_payments }) => [
  ...payments.map(({ payment_id, status, amount }) => ({ way: payment_id === null ? "balance" : "card", status, amount })),
  ...desk_payments.map(({ method, document, taken_at, amount }) => ({ way: method, status: "succeeded", document, at: taken_at, amount })),
];

const paymentsView = (payments, catalogue) => html`
  <h3>${t("record.money.payments")}</h3>
  ${table(t("record.money.payments"), [
    [t("record.money.way"), ({ way, document }) => html`${t(`record.money.ways.${way}`)}${document ? html`<small>${t("record.trail.document", { number: document })}</small>` : nothing}`],
    [t("desk.columns.state"), ({ status, at }) => html`${tryText(`record.money.statuses.${status}`) ?? status}${at ? html`<small>${format.moment(at, catalogue.time_zone)}</small>` : nothing}`],
    [t("desk.columns.amount"), ({ amount }) => format.money(amount), "number"],
  ], payments)}
`;

const receiptsView = (receipts, catalogue) => html`
  <h3>${t("record.money.receipts")}</h3>
  ${table(t("record.money.receipts"), [
    [t("record.money.receipt"), (row) => html`${t(`record.money.kinds.${row.kind}`)}<small>${format.moment(row.created_at, catalogue.time_zone)}</small>`],
    [t("desk.columns.state"), (row) => html`${t(`record.money.receiptStates.${row.status}`)}${row.failure ? html`<small>${tryText(`record.money.failures.${row.failure}`) ?? row.failure}</small>` : nothing}`],
    [t("desk.columns.amount"), (row) => format.money(row.amount), "number"],
  ], receipts)}
`;
