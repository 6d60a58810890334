/** From the held slot to the paid consultation: documents are sent, the card is charged elsewhere, its end is waited for. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call, newKey, now } from "../shared/api.js";
import { Countdown } from "../shared/countdown.js";
import { money } from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { Uploads } from "../booking/uploads.js";
import { button, errorText, failed, loading, message } from "../shared/ui.js";
import { afterwards } from "./afterwards.js";
import * as store from "./store.js";
import { bookingFacts } from "./summary.js";

const PAUSES = [1, 2, 3, 5, 8, 13, 20, 20, 30, 30, 30]; // seconds between the questions whether the money came
const LAST_PAUSES = [1, 2, 3, 5, 8, 13]; // the same once the hold's time is up: it is ended within seconds
const SCHEDULED = [1, 2, 3, 5, 8]; // seconds between those for the contract's number, which follows the money

const ADDRESS = `${location.pathname}#payment`;

export class Payment {
  #page;
  #again;
  #booking;
  #uploads;
  #key = null;
  #timer = null;
  #closed = false;
  #countdown = new Countdown(() => this.#timeIsUp());
  #shown = (event) => event.persisted && this.#look(); // back from the provider's page
  #popped = () => history.pushState(null, "", ADDRESS); // the steps behind it are of a form that is closed

  /**
   * `paid`: the booking whose payment the provider returns from. `booking`: what this tab knows. `uploads`: the files to
   * send first. `again()`: called to go on with the form, at the step of the address.
   */
  constructor({ root, catalogue, paid, booking, uploads, again }) {
    this.catalogue = catalogue;
    this.#booking = booking;
    this.#uploads = uploads;
    this.#again = again;
    const known = booking && (!paid || booking.booking_id === paid);
    const state = known ? "looking" : "unknown";
    this.#page = new Page(root, { state, paid, payments: null, view: null, documents: [], tries: 0, busy: false, failure: null, error: null }, (seen) => this.#view(seen));
    if (known) this.#begin(Boolean(paid));
    else this.#show({ state });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener("pageshow", this.#shown);
    removeEventListener("popstate", this.#popped);
    this.#uploads?.close();
    this.#page.close();
  }

  async #begin(returned) {
    addEventListener("pageshow", this.#shown);
    if (!returned) {
      history.replaceState(null, "", ADDRESS);
      addEventListener("popstate", this.#popped);
    }
    if (this.#uploads) {
      this.#show({ state: "ready" });
      if (!this.#booking.earlier && !this.#otherPrice) await this.#proceed();
    } else {
      await this.#look();
    }
  }

  /** Send the documents, then go to pay. */
  async #proceed() {
    this.#page.change({ busy: true, failure: null });
    const sent = !this.#uploads?.files.length || (await this.#send());
    if (this.#closed || !this.#page.state.busy) return; // meanwhile the hold has ended, or it was paid elsewhere
    if (sent) await this.#pay();
    else this.#page.change({ busy: false, failure: t("payment.notAllSent") });
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
      if (!this.#closed) location.assign(confirmation_url); // stays busy: this page is left
    } catch (error) {
      if (!error.unanswered) this.#key = null;
      if (error.code === "not_payable" || error.status === 404) await this.#look();
      else this.#page.change({ busy: false, failure: errorText(error) });
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
      if (error.status === 404) this.#ended();
      else this.#unanswered(error);
    }
  };

  #unanswered(error) {
    this.#show({ error, busy: false });
    if (this.#page.state.state === "waiting") this.#wait();
  }

  /** What the state of the payments comes to. */
  async #learn(payments) {
    const state = stands(payments);
    this.#booking = { ...this.#booking, hold_until: payments.hold_until };
    if (state === "ending") {
      this.#page.change({ payments });
      this.#ended();
      return;
    }
    if (state === "ready") this.#uploads ??= new Uploads(() => this.#page.draw(), this.catalogue.uploads, await this.#missing());
    if (this.#closed) return;
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
    if (!this.#asks) return;
    const { tries } = this.#page.state;
    this.#timer = setTimeout(this.#look, this.#pauses[tries] * 1000);
    this.#page.change({ tries: tries + 1 });
  }

  get #late() {
    return Date.parse(this.#booking.hold_until) <= now();
  }

  get #pauses() {
    return this.#late ? LAST_PAUSES : PAUSES;
  }

  /** Whether it will be asked again without anybody's doing. */
  get #asks() {
    return this.#page.state.tries < this.#pauses.length;
  }

  /** Only the API knows whether it was paid: money that came counts until the hold is ended, and the provider is asked then. */
  #timeIsUp() {
    if (this.#closed) return;
    this.#page.change({ tries: 0 });
    this.#look();
  }

  /** The hold's time is over. Where a payment was open, its money may be booked in the next moment. */
  #ended() {
    const { state, payments, paid } = this.#page.state;
    if (state === "paid") return; // its consultation is over, and nothing opens it any more
    const open = payments ? openPayment(payments) : paid; // back from the provider, before anything else is known
    if (open && this.#asks) {
      this.#show({ state: "waiting", busy: false, failure: null, error: null });
      this.#wait();
    } else {
      this.#show({ state: "expired", busy: false, failure: null, error: null });
    }
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
    if (view) this.#booking = { ...this.#booking, ...asItIs(this.#booking, view) };
    this.#page.change({ view, documents });
    if (!view?.contract_number && tries < SCHEDULED.length) {
      this.#timer = setTimeout(() => this.#paid(tries + 1), SCHEDULED[tries] * 1000);
    }
  }

  #show(parts) {
    const before = this.#page.state.state;
    this.#page.change(parts);
    document.title = t("site.windowTitle", { step: t(`payment.states.${this.#page.state.state}`), clinic: this.catalogue.clinic.name });
    if (parts.state && parts.state !== before) this.#page.focus("h1");
  }

  #opened = () => ({ capability: this.#booking.capability });

  #call(method, what, options = {}) {
    const path = ["/bookings", this.#booking.booking_id, what].filter(Boolean).join("/");
    return call(method, path, { ...this.#opened(), ...options });
  }

  /** Another price than the form has shown. */
  get #otherPrice() {
    const { price, shown } = this.#booking;
    return shown !== undefined && shown !== price;
  }

  /** The booking is changed by another one: its time has to be free for that. */
  async #giveUp() {
    this.#page.change({ busy: true, failure: null });
    try {
      await this.#call("POST", "cancellation", { body: {} });
      this.#leave("kind");
    } catch (error) {
      if (error.unanswered) this.#page.change({ busy: false, failure: errorText(error) });
      else await this.#look(); // it is being paid, or is over
    }
  }

  /** Go on with the form: this booking is let go of, what was typed stays. */
  #leave(step) {
    store.booking.write(null);
    const { values, names } = store.draft.read() ?? {};
    if (values) store.draft.write({ values: step === "time" ? { ...values, slot: undefined } : values, names });
    history.replaceState(null, "", `${location.pathname}#${step}`);
    this.#again();
  }

  #view(seen) {
    const views = { looking: loading, unknown: this.#unknownView, ready: this.#readyView, waiting: (each) => this.#waitingView(each), refused: this.#refusedView, part: this.#partView, paid: this.#paidView, expired: this.#expiredView, over: this.#overView };
    return html`
      <h1 tabindex="-1">${t(`payment.states.${seen.state}`)}</h1>
      ${seen.error ? failed(seen.error, this.#look) : nothing}
      ${seen.error && seen.state === "looking" ? nothing : views[seen.state](seen)}
    `;
  }

  #held = () => (this.#late ? nothing : html`
    <p class="held">${t("payment.heldFor")} ${this.#countdown.show(this.#booking.hold_until)}</p>
  `);

  #toPay = ({ busy, failure, payments }, words = t("payment.pay", { amount: money(payments?.due ?? this.#booking.price) })) => html`
    ${message("error", failure)}
    <div class="row forth">${button(words, () => this.#proceed(), { busy })}</div>
  `;

  #readyView = (seen) => html`
    ${this.#booking.earlier ? message("warning", t("payment.earlier")) : nothing}
    ${this.#otherPrice ? message("warning", t("payment.otherPrice", { shown: money(this.#booking.shown), now: money(this.#booking.price) })) : nothing}
    ${this.#held()}
    <section class="card">${bookingFacts(this.#booking, this.catalogue, [[t("steps.facts.price"), money(this.#booking.price)]])}</section>
    ${this.#documents(seen)}
    ${this.#toPay(seen)}
    <p class="quiet">${t("payment.payElsewhere")}</p>
    ${seen.busy ? nothing : html`<p>${button(t("payment.startAnew"), () => this.#giveUp(), { look: "link" })}<small>${t("payment.startAnewMore")}</small></p>`}
  `;

  /** While they are sent, how far they are; else a place to choose some. */
  #documents({ busy }) {
    if (!this.#uploads || (busy && !this.#uploads.files.length)) return nothing;
    if (!busy) return html`<section class="card">${this.#uploads.choose(() => this.#page.draw())}</section>`;
    return html`<section class="card"><h2>${t("booking.documents")}</h2>${this.#uploads.list()}</section>`;
  }

  #waitingView({ payments }) {
    const open = payments && openPayment(payments);
    return html`
      ${this.#asks ? loading(t("payment.asking")) : message("warning", t("payment.stillNothing"))}
      <p>${t("payment.usuallySoon")}</p>
      ${this.#held()}
      <div class="row forth">
        ${this.#asks ? nothing : button(t("payment.askAgain"), () => this.#page.change({ tries: 0 }) ?? this.#look())}
        ${this.#late || !open ? nothing : html`<a class="button plain" href=${open.confirmation_url}>${t("payment.backToPayment")}</a>`}
      </div>
    `;
  }

  #refusedView = (seen) => html`
    ${message("error", t("payment.refusedMore"))}
    ${this.#held()}
    ${this.#toPay(seen, t("payment.payAgain"))}
  `;

  #partView = (seen) => html`
    ${message("warning", t("payment.partMore", { received: money(seen.payments.received), due: money(seen.payments.due) }))}
    ${this.#held()}
    ${this.#toPay(seen)}
  `;

  #paidView = ({ view, documents, payments }) => afterwards({ booking: this.#booking, view, documents, payments, catalogue: this.catalogue, options: this.#opened(), page: this.#page });

  #expiredView = () => html`
    ${message("warning", t("payment.expiredMore"))}
    <div class="row forth">
      ${button(t("payment.chooseAgain"), () => this.#leave("time"))}
      ${this.#toCabinet()}
    </div>
    <p class="quiet">${t("payment.paidLate")}</p>
  `;

  #overView = () => html`<p>${t("payment.overMore")}</p><div class="row forth">${this.#toCabinet()}${button(t("payment.newBooking"), () => this.#leave("kind"), { look: "plain" })}</div>`;

  #unknownView = ({ paid }) => html`
    <p>${t("payment.unknownMore")}</p>
    <div class="row forth"><a class="button" href="/cabinet/bookings/${encodeURIComponent(paid)}">${t("payment.toCabinet")}</a>
      <a class="button plain" href="/">${t("payment.newBooking")}</a></div>
  `;

  #toCabinet = () => html`<a class="button plain" href="/cabinet/bookings/${this.#booking.booking_id}">${t("payment.toCabinet")}</a>`;
}

const openPayment = ({ payments }) => payments.find(({ confirmation_url }) => confirmation_url);

/** The time and the channel that a booking has by now. Of the time that was chosen it is known how clocks show it. */
function asItIs(booking, { slot, channel }) {
  const stayed = slot.start === booking.slot.start && slot.doctor === booking.slot.doctor;
  return { slot: stayed ? booking.slot : slot, channel };
}

/** Where paying stands: paid, over, expired, about to, waiting for a payment, refused, paid in part, or not begun. */
function stands({ status, due, received, paid_at, payments, hold_until }) {
  const awaits = status === "AWAITING_PAYMENT";
  if (paid_at && (awaits || status === "SCHEDULED")) return "paid"; // one that was paid may have been cancelled since
  if (!awaits) return status === "EXPIRED" ? "expired" : "over";
  if (Date.parse(hold_until) <= now()) return "ending";
  if (openPayment({ payments })) return "waiting";
  if (received > 0 && due > 0) return "part";
  return payments.length ? "refused" : "ready";
}
