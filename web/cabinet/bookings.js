/** The holder's bookings: what state each is in, and what is to be done next. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import { money } from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { load, shown } from "./load.js";
import { keepFresh, mood, near, nextStep } from "./next.js";
import { twoClocks, until } from "./when.js";

const LIVE = new Set(["consents", "pay", "arranging", "wait", "join", "verdict", "lapsed"]);

export function open({ root, session, router, catalogue, zones, focus }) {
  const page = new Page(root, { bookings: undefined }, view);
  const ask = async () => (await session.call("GET", "/me/bookings")).bookings;
  const again = () => load(page, "bookings", ask);
  const ended = keepFresh({
    tick: () => page.draw(), // a way in opens, a hold runs out
    look: async () => page.change({ bookings: { value: await ask() } }),
    near: () => page.state.bookings?.value?.some((each) => near(each, now())),
  });

  function view(state) {
    return html`
      <h1>${t("cabinet.titles.bookings")}</h1>
      ${shown(state.bookings, again, (bookings) => (bookings.length ? lists(bookings) : none()))}
    `;
  }

  /** What is still to come stands first, the nearest on top; then what is over, the latest on top. */
  function lists(bookings) {
    const steps = new Map(bookings.map((each) => [each, nextStep(each, now())]));
    const live = bookings.filter((each) => LIVE.has(steps.get(each))).reverse();
    const over = bookings.filter((each) => !LIVE.has(steps.get(each)));
    return html`
      ${live.length ? html`<section aria-labelledby="live"><h2 id="live">${t("cabinet.list.live")}</h2>${live.map((each) => card(each, steps.get(each)))}</section>` : nothing}
      <p><a class="button ${live.length ? "plain" : ""}" href="/">${t("cabinet.book")}</a></p>
      ${over.length ? html`<section aria-labelledby="over"><h2 id="over">${t("cabinet.list.over")}</h2>${over.map((each) => card(each, steps.get(each)))}</section>` : nothing}
    `;
  }

  const none = () => html`
    <div class="card">
      <p>${t("cabinet.list.empty")}</p>
      <p><a class="button" href="/">${t("cabinet.book")}</a></p>
    </div>
  `;

  function card(booking, step) {
    const doctor = catalogue.doctors.find(({ id }) => id === booking.slot.doctor);
    const title = `w-${booking.booking_id}`;
    return html`
      <article class="card booking" aria-labelledby=${title}>
        <header><span class="state ${mood(booking)}">${t(`cabinet.states.${booking.status}`)}</span><span class="quiet">${money(booking.price)}</span></header>
        <h3 id=${title}>${twoClocks(booking.slot.start, zones)}</h3>
        <p>${doctor?.name ?? t("cabinet.doctorLeft")}<small>${kindOf(booking)}</small></p>
        <div class="row">${action(booking, step)}</div>
      </article>
    `;
  }

  const kindOf = (booking) =>
    [catalogue.kinds.find(({ id }) => id === booking.kind)?.title, catalogue.specialties.find(({ id }) => id === booking.specialty)?.title]
      .filter(Boolean)
      .join(", ");

  /** The one thing to do next; everything else is on the booking's own page. */
  function action(booking, step) {
    const address = router.to("bookings", booking.booking_id);
    const values = { until: until(booking.hold_until, zones, now()), opens: until(booking.opens_at, zones, now()) };
    if (step === "join" && booking.join_url) {
      return html`
        <a class="button" href=${booking.join_url} target="_blank" rel="noreferrer">${t("cabinet.steps.join")}</a>
        <a class="button plain" href=${address}>${t("cabinet.list.details")}</a>
      `;
    }
    const pressing = ["consents", "pay"].includes(step);
    return html`<a class="button ${pressing ? "" : "plain"}" href=${address}>${t(`cabinet.steps.${step}`, values)}</a>`;
  }

  if (focus) page.focus("h1");
  again();
  return { close: () => (ended(), page.close()) };
}
