/** One booking: its state and the next step on top, then all that belongs to it. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import { Countdown } from "../shared/countdown.js";
import { money } from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { facts, failed, loading, message } from "../shared/ui.js";
import { changesOf } from "./booking/changes.js";
import { consentsOf } from "./booking/consents.js";
import { documentsOf } from "./booking/documents.js";
import { payingOf } from "./booking/paying.js";
import { Asking } from "./deed.js";
import { Dialogs } from "./dialogs.js";
import { load, part, shown } from "./load.js";
import { keepFresh, mood, near, nextStep } from "./next.js";
import { twoClocks } from "./when.js";

const OVER = new Set(["COMPLETED", "NOT_HELD"]); // the consultation's time, with its outcome
const PASSING = new Set(["consented", "arranging", "lapsed"]); // what the booking is in for moments only

export function open(context) {
  const { root, session, router, catalogue, zones, path, focus } = context;
  const id = path[1];
  const base = `/me/bookings/${encodeURIComponent(id)}`;
  const page = new Page(root, { booking: undefined, payments: undefined, said: null }, view);
  const dialogs = new Dialogs(page);
  const asking = new Asking(look);
  const toDoor = new Countdown(() => page.draw());
  let newcomer = focus; // led to the heading once, as soon as it stands
  let stands = true; // this section is open

  const own = { ...context, id, base, page, dialogs, changed, refresh, isOpen: () => stands };
  const consents = consentsOf(own);
  const paying = payingOf(own);
  const documents = documentsOf(own);
  const changes = changesOf(own);

  /** The booking as it is now; whatever it needs besides is asked for. */
  async function refresh() {
    await load(page, "booking", () => session.call("GET", base));
    if (newcomer) page.focus("h1");
    newcomer = false;
    const booking = page.state.booking.value;
    if (!booking) return;
    await Promise.all([paying.load(booking), documents.load(booking), consents.load(booking), afterwards(booking)]);
    if (waits()) asking.start();
  }

  /** The doctor's call: what it takes is loaded once there may be one. */
  async function afterwards({ status }) {
    if (!OVER.has(status)) return;
    if (!page.state.callback?.value) await load(page, "callback", async () => (await part(import("./booking/callback.js"))).callbackOf(own));
    await page.state.callback.value?.load();
  }

  /** What was answered to a button is the booking now. `said`: what is told about it. */
  function changed(booking, said = null) {
    page.change({ booking: { value: booking }, said });
    page.focus("#next");
    refresh();
  }

  /** What it waits for; what was signed or paid since it was asked for, it waits for no longer. */
  function stepOf(booking) {
    const step = nextStep(booking, now());
    if (step === "consents" && consents.given()) return "consented";
    return step === "pay" && paying.done() ? "arranging" : step;
  }

  /** Whether something happens to the booking that nobody here does: money comes in, the appointment is made. */
  function waits() {
    const booking = page.state.booking?.value;
    if (!booking) return false;
    return PASSING.has(stepOf(booking)) || paying.awaited(booking);
  }

  /** The clock alone may have brought it to where it waits, and no countdown was in sight. */
  function tick() {
    page.draw();
    if (waits() && !asking.running) asking.start();
  }

  async function look() {
    const before = page.state.booking.value;
    await paying.ask();
    const { status, due, paid_at } = page.state.payments.value;
    if (PASSING.has(stepOf(before)) || status !== before.status || due !== before.due || paid_at !== before.paid_at) {
      const booking = await session.call("GET", base);
      page.change({ booking: { value: booking }, said: told(before, booking) ?? page.state.said });
      if (booking.status !== before.status) refresh();
    }
    return waits();
  }

  /** What others did with it meanwhile: the clinic moved it, another page paid for it. */
  async function renew() {
    const before = JSON.stringify(page.state.booking?.value);
    const booking = await session.call("GET", base);
    page.change({ booking: { value: booking } });
    if (JSON.stringify(booking) !== before) await refresh();
  }

  /** What is said when it changes while somebody looks. */
  function told(before, after) {
    if (!before.paid_at && after.paid_at) return t("inside.paying.paid");
    return null;
  }

  function view(state) {
    const { booking } = state;
    return html`
      <p class="crumb"><a href=${router.to()}>← ${t("cabinet.toBookings")}</a></p>
      ${booking?.value ? whole(booking.value, state) : booking?.error ? missing(booking.error) : loading()}
      ${dialogs.view()}
    `;
  }

  const missing = (error) =>
    error.status === 404
      ? html`<h1>${t("inside.booking.missing")}</h1><p>${t("inside.booking.missingMore")}</p><p><a class="button" href=${router.to()}>${t("cabinet.toBookings")}</a></p>`
      : html`<h1>${t("cabinet.titles.booking")}</h1>${failed(error, refresh)}`;

  function whole(booking, state) {
    const step = stepOf(booking);
    return html`
      <h1>${t("inside.booking.title")}</h1>
      <div class="card lead">
        <header><span class="state ${mood(booking)}">${t(`cabinet.states.${booking.status}`)}</span>${number(booking)}</header>
        <p class="moment">${twoClocks(booking.slot.start, zones)}</p>
        ${message("done", state.said)}
        <div id="next">${next(booking, step)}</div>
      </div>
      ${step === "consents" ? consents.view(booking) : nothing}
      ${step === "pay" ? paying.view(booking) : nothing}
      ${OVER.has(booking.status) ? shown(page.state.callback, () => afterwards(booking), (callback) => callback.view(booking)) : nothing}
      ${documents.view(booking)}
      <section class="card" aria-labelledby="about">
        <h2 id="about">${t("inside.booking.about")}</h2>
        ${about(booking)}
        ${changes.view(booking, step)}
      </section>
    `;
  }

  const number = ({ contract_number: contract }) =>
    contract ? html`<span class="quiet">${t("inside.booking.contract", { number: contract })}</span>` : nothing;

  /** The next step in words, and its button where it is a single one. */
  function next(booking, step) {
    switch (step) {
      case "consents":
        return consents.lead(booking);
      case "pay":
        return paying.lead(booking);
      case "wait":
        return html`
          <p>${t(`inside.next.wait.${booking.channel}`)}</p>
          <p>${t("inside.next.opens", { count: opensBefore(booking) })} ${toDoor.show(booking.opens_at)}</p>
          <p class="quiet">${catalogue.notices.be_reachable ?? t("inside.next.reachable")}</p>
        `;
      case "join":
        return html`
          <p>${t(`inside.next.join.${booking.channel}`)}</p>
          <p><a class="button" href=${booking.join_url} target="_blank" rel="noreferrer">${t("cabinet.steps.join")}</a></p>
        `;
      case "consented":
      case "arranging":
      case "lapsed":
        return html`${loading(t(`inside.next.${step}`))}`;
      case "held":
        return html`<p>${t("inside.next.held")} ${page.state.callback?.value?.offered(booking) ? t("inside.next.ask") : nothing}</p>`;
      case "credited":
        return html`
          <p>${t("inside.next.credited", { why: t(`outcomes.${booking.outcome ?? "unknown"}`), price: money(booking.price) })}</p>
          ${onward()}
        `;
      case "again":
        return html`<p>${over(booking)}</p>${onward()}`;
      default:
        return html`<p>${t(`inside.next.${step}`)}</p>`;
    }
  }

  /** How many minutes before the start. */
  const opensBefore = ({ slot, opens_at }) => Math.round((Date.parse(slot.start) - Date.parse(opens_at)) / 60_000);

  /** What a booking that came to nothing says of its time and its money. */
  function over(booking) {
    const key = booking.status === "CANCELLED" ? `CANCELLED.${booking.cancelled_by === "clinic" ? "clinic" : "patient"}` : booking.status;
    const credited = paying.credited(booking) ? ` ${t("inside.next.onBalance")}` : "";
    return t(`inside.next.over.${key}`) + credited;
  }

  const onward = () => html`
    <div class="row">
      <a class="button" href="/">${t("cabinet.bookAgain")}</a>
      <a class="button plain" href=${router.to("balance")}>${t("cabinet.toBalance")}</a>
    </div>
  `;

  function about(booking) {
    const doctor = catalogue.doctors.find((each) => each.id === booking.slot.doctor);
    const titled = (list, key) => list.find((each) => each.id === key)?.title;
    const patient = consents.patient();
    return facts([
      [t("inside.booking.doctor"), doctor?.name ?? t("cabinet.doctorLeft")],
      [t("inside.booking.kind"), titled(catalogue.kinds, booking.kind)],
      [t("inside.booking.specialty"), titled(catalogue.specialties, booking.specialty)],
      [t("inside.booking.patient"), patient],
      [t("inside.booking.channel"), t(`channels.${booking.channel}`)],
      [t("inside.booking.price"), money(booking.price)],
    ]);
  }

  const back = (event) => event.persisted && (paying.returned(), refresh()); // the browser kept the page meanwhile
  addEventListener("pageshow", back);
  const noLonger = keepFresh({ tick, look: renew, near: () => page.state.booking?.value && near(page.state.booking.value, now()) });
  refresh();
  return {
    close() {
      stands = false;
      removeEventListener("pageshow", back);
      noLonger();
      asking.close();
      documents.close();
      paying.close();
      page.close();
    },
  };
}
