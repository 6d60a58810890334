/** Paying: by card, from the balance, or both; and how it stands while the money is on its way (S11, §5). */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { now } from "../../shared/api.js";
import { Countdown } from "../../shared/countdown.js";
import { radioField } from "../../shared/fields.js";
import { money } from "../../shared/format.js";
import { t } from "../../shared/texts.js";
import { button, loading, message } from "../../shared/ui.js";
import { Deed } from "../deed.js";
import { load, shown } from "../load.js";
import { until } from "../when.js";

const OPEN = new Set(["pending", "waiting_for_capture"]);
const LEAVING = 15_000; // milliseconds; whoever is still here by then has broken it off
const LOOKED_AT = new Set(["AWAITING_PAYMENT", "EXPIRED", "CANCELLED"]); // late money lands on the balance

export function payingOf({ page, session, base, zones, catalogue, refresh, isOpen }) {
  let method = null; // as somebody chose; else the one that takes from the balance first
  let leaving = null; // the timer of the way to the provider's page
  const left = new Countdown(() => { page.draw(); refresh(); });
  const deed = new Deed(page, (body, key) => session.call("POST", `${base}/payments`, { body, key }));

  const ask = async () => page.change({ payments: { value: await session.call("GET", `${base}/payments`) } });
  const loadPayments = () => load(page, "payments", () => session.call("GET", `${base}/payments`));
  const loadBalance = () => load(page, "balance", async () => (await session.call("GET", "/me/balance")).available);

  async function loadAll({ status }) {
    if (!LOOKED_AT.has(status)) return;
    await Promise.all([loadPayments(), status === "AWAITING_PAYMENT" ? loadBalance() : null]);
  }

  const attempts = () => page.state.payments?.value?.payments ?? [];
  const openAttempts = () => attempts().filter(({ status }) => OPEN.has(status));

  /** Whether all of it has come: the booking hears of that a moment later. */
  const done = () => Boolean(page.state.payments?.value?.paid_at);

  /** Whether money may still come that was sent already. */
  const awaited = ({ status }) => LOOKED_AT.has(status) && openAttempts().length > 0;

  /** Whether money that came for a booking that is over went to the balance. */
  const credited = ({ status, paid_at }) =>
    (status === "CANCELLED" && paid_at !== null) ||
    (page.state.payments?.value?.received ?? 0) > 0 || attempts().some((each) => each.status === "succeeded");

  /** The ways to pay, and what each would take, in kopecks; what takes from the balance stands first. */
  function ways(due, available) {
    const byCard = { method: "card", balance: 0, card: due };
    if (available <= 0) return [byCard];
    if (available >= due) return [{ method: "balance", balance: due, card: 0 }, byCard];
    return [{ method: "both", balance: available, card: due - available }, byCard];
  }

  async function pay(way) {
    const payment = await deed.run({ method: way.method });
    if (!isOpen()) return; // whoever has gone elsewhere meanwhile stays there
    if (!payment) return failed();
    method = null;
    if (payment.confirmation_url) leave(payment.confirmation_url);
    else paid();
  }

  function leave(url) {
    leaving = setTimeout(stay, LEAVING);
    page.draw();
    location.assign(url);
  }

  function stay() {
    close();
    page.draw();
    refresh();
  }

  function close() {
    clearTimeout(leaving);
    leaving = null;
  }

  /** It is known from the answer alone: what is asked for now may be told late, or not at all. */
  function paid() {
    const { value } = page.state.payments;
    page.change({ payments: { value: { ...value, due: 0, paid_at: new Date(now()).toISOString() } }, said: t("inside.paying.paid") });
    page.focus("#next");
    refresh();
  }

  /** The amounts are looked at anew: part of them may be paid, another page may have spent the balance, or paid. */
  function failed() {
    page.focus("#pay .message.error");
    refresh();
  }

  const lead = (booking) => html`
    <p>
      ${t("inside.paying.lead", { until: until(booking.hold_until, zones, now()) })}
      ${t("cabinet.left")} ${left.show(booking.hold_until)}
    </p>
  `;

  const view = (booking) => html`
    <section class="card" id="pay" aria-labelledby="pay-title">
      <h2 id="pay-title">${t("inside.paying.title")}</h2>
      ${shown(page.state.payments, loadPayments, (payments) => shown(page.state.balance, loadBalance, (available) => whole(booking, payments, available)))}
    </section>
  `;

  function whole(booking, { due, received }, available) {
    const last = attempts().at(-1);
    const pending = openAttempts().findLast(({ amount }) => amount === due); // another sum would be too much
    return html`
      ${received > 0 ? html`<p>${t("inside.paying.part", { received: money(received), due: money(due) })}</p>` : nothing}
      ${pending ? underWay(pending) : last?.status === "canceled" && !deed.error ? message("warning", t("inside.paying.refused")) : nothing}
      ${deed.told()}
      ${choice(ways(due, available), pending)}
      <p class="hint">${catalogue.notices.not_insured}</p>
    `;
  }

  /** A payment was begun, and nobody knows yet whether it was made. */
  const underWay = (pending) => html`
    <div class="message info">
      ${loading(t("inside.paying.awaited"))}
      <p>${t("inside.paying.notYet")}</p>
      <p><a class="button plain" href=${pending.confirmation_url}>${t("inside.paying.onward", { amount: money(pending.amount) })}</a></p>
    </div>
  `;

  function choice(all, pending) {
    const offered = pending ? all.filter((each) => each.method !== "card") : all;
    if (!offered.length) return nothing;
    const chosen = offered.find((each) => each.method === method) ?? offered[0];
    const words = { balance: money(chosen.balance), card: money(chosen.card), all: money(chosen.balance + chosen.card) };
    const form = { values: { method: chosen.method }, errors: {} };
    const choices = offered.map((each) => [
      each.method,
      t(`inside.paying.by.${each.method}`),
      t(`inside.paying.takes.${each.method}`, { balance: money(each.balance), card: money(each.card) }),
    ]);
    return html`
      ${all.length > 1 ? radioField(form, "method", t("inside.paying.how"), choices, (value) => { method = value; page.draw(); }) : nothing}
      ${button(t(`inside.paying.pay.${chosen.method}`, words), () => pay(chosen), { busy: deed.busy || leaving !== null })}
      ${chosen.card ? html`<p class="hint">${t("inside.paying.leads")}</p>` : nothing}
    `;
  }

  return { load: loadAll, ask, awaited, done, credited, lead, view, close, returned: close };
}
