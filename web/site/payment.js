/** From the held slot to the paid consultation: documents are sent, the card is charged elsewhere, its end is waited for. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call, newKey, now } from "../shared/api.js";
import { money } from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { Uploads } from "../booking/uploads.js";
import { Countdown, button, errorText, failed, loading, message } from "../shared/ui.js";
import { afterwards } from "./afterwards.js";
import * as store from "./store.js";
import { bookingFacts } from "./summary.js";

const PAUSES = [1, 2, 3, 5, 8, 13, 20, 20, 30, 30, 30]; // seconds between the questions whether the money came
const SCHEDULED = [1, 2, 3, 5, 8]; // seconds between those for the contract's number, which follows the money

export class Payment {
  #page;
  #again;
  #booking;
  #uploads;
  #key = null;
  #timer = null;
  #closed = false;
  #countdown = new Countdown(() => this.#expired());
  #shown = (event) => event.persisted && this.#look(); // back from the provider's page

  /**
   * `paid`: the booking whose payment the provider returns from. `booking`: what this tab knows. `uploads`: the files to
   * send first. `again(step)`: called to go on with the form.
   */
  constructor({ root, catalogue, paid, booking, uploads, again }) {
    this.catalogue = catalogue;
    this.#booking = booking;
    this.#uploads = uploads;
    this.#again = again;
    const known = booking && (!paid || booking.booking_id === paid);
    const state = known ? "looking" : "unknown";
    this.#page = new Page(root, { state, paid, payments: null, view: null, documents: [], tries: 0, busy: false, failure: null, error: null }, (seen) => this.#view(seen));
    addEventListener("pageshow", this.#shown);
    if (known) this.#begin(Boolean(paid));
    else this.#show({ state });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener("pageshow", this.#shown);
    this.#uploads?.close();
  }

  async #begin(returned) {
    if (!returned) history.replaceState(null, "", `${location.pathname}#payment`);
    if (this.#uploads) {
      this.#show({ state: "ready" });
      await this.#proceed();
    } else {
      await this.#look();
    }
  }

  /** Send the documents, then go to pay. */
  async #proceed() {
    this.#page.change({ busy: true, failure: null });
    const sent = !this.#uploads?.files.length || (await this.#send());
    if (sent) await this.#pay();
    else this.#page.change({ busy: false, failure: t("site.notAllSent") });
  }

  #send() {
    this.#uploads.follow(() => this.#page.draw());
    return this.#uploads.send(`/bookings/${this.#booking.booking_id}/documents`, this.#opened());
  }

  #pay = async () => {
    this.#page.change({ busy: true, failure: null });
    this.#key ??= newKey();
    try {
      const { confirmation_url } = await this.#call("POST", "payments", { key: this.#key, body: { method: "card" } });
      location.assign(confirmation_url); // stays busy: this page is left
    } catch (error) {
      if (!error.unanswered) this.#key = null;
      if (["not_payable"].includes(error.code) || error.status === 404) await this.#look();
      this.#page.change({ busy: false, failure: errorText(error) });
    }
  };

  #look = async () => {
    clearTimeout(this.#timer);
    this.#key = null;
    try {
      const payments = await this.#call("GET", "payments");
      if (!this.#closed) await this.#learn(payments);
    } catch (error) {
      if (this.#closed) return;
      if (error.status === 404) this.#expired();
      else this.#show({ error });
    }
  };

  /** What the state of the payments comes to. */
  async #learn(payments) {
    const state = stands(payments);
    this.#booking = { ...this.#booking, hold_until: payments.hold_until };
    if (state === "ready") this.#uploads ??= new Uploads(() => this.#page.draw(), this.catalogue.uploads, await this.#missing());
    this.#show({ state, payments, error: null, busy: false });
    if (state === "waiting") this.#wait();
    if (state === "paid") this.#paid();
  }

  /** The names of the files that were chosen before a reload and have not been sent. */
  async #missing() {
    const { documents } = await this.#call("GET", "documents").catch(() => ({ documents: [] }));
    return (store.draft.read()?.names ?? []).filter((name) => !documents.some((each) => each.name === name));
  }

  #wait() {
    const { tries } = this.#page.state;
    if (tries >= PAUSES.length) return;
    this.#timer = setTimeout(this.#look, PAUSES[tries] * 1000);
    this.#page.change({ tries: tries + 1 });
  }

  /** The money is there. What was typed is needed no more. */
  async #paid(tries = 0) {
    this.#booking = { ...this.#booking, paid: true };
    store.booking.write(this.#booking);
    store.draft.write(null);
    const [view, { documents }] = await Promise.all([
      this.#call("GET", "").catch(() => this.#page.state.view),
      this.#call("GET", "documents").catch(() => ({ documents: this.#page.state.documents })),
    ]);
    if (this.#closed) return;
    this.#page.change({ view, documents });
    if (!view?.contract_number && tries < SCHEDULED.length) {
      this.#timer = setTimeout(() => this.#paid(tries + 1), SCHEDULED[tries] * 1000);
    }
  }

  #expired() {
    if (this.#page.state.state === "paid") return;
    clearTimeout(this.#timer);
    this.#show({ state: "expired", busy: false, failure: null, error: null });
  }

  #show(parts) {
    const before = this.#page.state.state;
    this.#page.change(parts);
    document.title = t("site.windowTitle", { step: t(`site.payment.${this.#page.state.state}`), clinic: this.catalogue.clinic.name });
    if (parts.state && parts.state !== before) this.#page.focus("h1");
  }

  #opened = () => ({ capability: this.#booking.capability });

  #call(method, what, options = {}) {
    const path = ["/bookings", this.#booking.booking_id, what].filter(Boolean).join("/");
    return call(method, path, { ...this.#opened(), ...options });
  }

  /** Go on with the form: this booking is let go of, what was typed stays. */
  #leave(step) {
    store.booking.write(null);
    const kept = store.draft.read();
    if (kept) store.draft.write({ ...kept, key: null, sent: null, values: step === "time" ? { ...kept.values, slot: undefined } : kept.values });
    history.replaceState(null, "", location.pathname);
    this.#again(step);
  }

  #view(seen) {
    const views = { looking: loading, unknown: this.#unknownView, ready: this.#readyView, waiting: this.#waitingView, refused: this.#refusedView, part: this.#partView, paid: this.#paidView, expired: this.#expiredView, over: this.#overView };
    return html`
      <h1 tabindex="-1">${t(`site.payment.${seen.state}`)}</h1>
      ${seen.error ? failed(seen.error, this.#look) : nothing}
      ${views[seen.state](seen)}
    `;
  }

  #held = () => html`
    <p class="held">${t("site.heldFor")} ${this.#countdown.show(this.#booking.hold_until)}</p>
  `;

  #toPay = ({ busy, failure, payments }, words = t("site.pay", { amount: money(payments?.due ?? this.#booking.price) })) => html`
    ${message("error", failure)}
    <div class="row forth">${button(words, () => this.#proceed(), { busy })}</div>
  `;

  #readyView = (seen) => html`
    ${this.#booking.earlier ? message("warning", t("site.earlier")) : nothing}
    ${this.#held()}
    <section class="card">${bookingFacts(this.#booking, this.catalogue, [[t("site.facts.price"), money(this.#booking.price)]])}</section>
    ${this.#documents(seen)}
    ${this.#toPay(seen)}
    <p class="quiet">${t("site.payElsewhere")}</p>
    ${seen.busy ? nothing : html`<p>${button(t("site.startAnew"), () => this.#leave("kind"), { look: "link" })}<small>${t("site.startAnewMore")}</small></p>`}
  `;

  /** While they are sent, how far they are; else a place to choose some. */
  #documents({ busy }) {
    if (!this.#uploads || (busy && !this.#uploads.files.length)) return nothing;
    if (!busy) return html`<section class="card">${this.#uploads.choose(() => this.#page.draw())}</section>`;
    return html`<section class="card"><h2>${t("booking.documents")}</h2>${this.#uploads.list()}</section>`;
  }

  #waitingView = ({ payments, tries }) => html`
    ${tries < PAUSES.length ? loading(t("site.asking")) : message("warning", t("site.stillNothing"))}
    <p>${t("site.usuallySoon")}</p>
    ${this.#held()}
    <div class="row forth">
      ${tries < PAUSES.length ? nothing : button(t("site.askAgain"), () => this.#page.change({ tries: 0 }) ?? this.#look())}
      <a class="button plain" href=${openPayment(payments).confirmation_url}>${t("site.backToPayment")}</a>
    </div>
  `;

  #refusedView = (seen) => html`
    ${message("error", t("site.refusedMore"))}
    ${this.#held()}
    ${this.#toPay(seen, t("site.payAgain"))}
  `;

  #partView = (seen) => html`
    ${message("warning", t("site.partMore", { received: money(seen.payments.received), due: money(seen.payments.due) }))}
    ${this.#held()}
    ${this.#toPay(seen)}
  `;

  #paidView = ({ view, documents, payments }) => afterwards({ booking: this.#booking, view, documents, payments, catalogue: this.catalogue, options: this.#opened(), page: this.#page });

  #expiredView = () => html`
    ${message("warning", t("site.expiredMore"))}
    <div class="row forth">
      ${button(t("site.chooseAgain"), () => this.#leave("time"))}
      ${this.#toCabinet()}
    </div>
    <p class="quiet">${t("site.paidLate")}</p>
  `;

  #overView = () => html`<p>${t("site.overMore")}</p><div class="row forth">${this.#toCabinet()}<a class="button plain" href="/">${t("site.newBooking")}</a></div>`;

  #unknownView = ({ paid }) => html`
    <p>${t("site.unknownMore")}</p>
    <div class="row forth"><a class="button" href="/cabinet/bookings/${encodeURIComponent(paid)}">${t("site.toCabinet")}</a>
      <a class="button plain" href="/">${t("site.newBooking")}</a></div>
  `;

  #toCabinet = () => html`<a class="button plain" href="/cabinet/bookings/${this.#booking.booking_id}">${t("site.toCabinet")}</a>`;
}

const openPayment = ({ payments }) => payments.find(({ confirmation_url }) => confirmation_url);

/** Where paying stands: paid, over, waiting for a payment, refused, paid in part, or not begun. */
function stands({ status, due, received, paid_at, payments, hold_until }) {
  if (paid_at) return "paid";
  if (status !== "AWAITING_PAYMENT") return status === "EXPIRED" ? "expired" : "over";
  if (Date.parse(hold_until) <= now()) return "expired";
  if (openPayment({ payments })) return "waiting";
  if (received > 0 && due > 0) return "part";
  return payments.length ? "refused" : "ready";
}
