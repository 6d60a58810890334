/** Another time for a booking: with its doctor or another of the same price; what was paid stays with it. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { SlotPicker } from "../../booking/slots.js";
import { now } from "../../shared/api.js";
import { Page } from "../../shared/page.js";
import { t } from "../../shared/texts.js";
import { button, message } from "../../shared/ui.js";
import { Deed } from "../deed.js";
import { load, shown } from "../load.js";
import { changeable } from "../next.js";
import { twoClocks } from "../when.js";

export function open({ root, session, router, path, catalogue, zones, focus }) {
  const id = path[1];
  const base = `/me/bookings/${encodeURIComponent(id)}`;
  const form = { values: { time_zone: zones.patient }, errors: {} };
  let doctors = catalogue; // those that the booking may go to
  const page = new Page(root, { booking: undefined }, view);
  let lost = false; // the chosen time was taken: what is offered instead comes with the next times
  const picker = new SlotPicker(() => {
    page.draw();
    if (lost) page.afterDraw(toOffer);
  });
  let closed = false;
  const moving = new Deed(page, (body, key) => session.call("POST", `${base}/slot`, { body, key }));

  async function refresh() {
    await load(page, "booking", () => session.call("GET", base));
    const booking = page.state.booking.value;
    if (!booking) return;
    doctors = { ...catalogue, doctors: catalogue.doctors.filter(costsTheSame(booking)) };
    Object.assign(form.values, { kind: booking.kind, specialty: booking.specialty });
    page.draw();
  }

  function set(changes) {
    Object.assign(form.values, changes);
    form.errors = {};
    moving.error = null;
    page.draw();
  }

  async function move() {
    const { slot } = form.values;
    if (!slot) {
      form.errors = { "slot.start": t("inside.move.choose") };
      page.draw();
      return page.focus("#f-slot-start");
    }
    const moved = await moving.run({ doctor: slot.doctor, start: slot.start });
    if (closed) return; // whoever has gone elsewhere meanwhile stays there
    if (moved) return router.go("bookings", id);
    const { error } = moving;
    for (const { path: field, message: words } of error.fields) form.errors[`slot.${field}`] ??= words;
    if (error.code === "slot_taken") {
      form.values.slot = undefined;
      lost = true;
      picker.offer(error.details.alternatives);
      page.draw();
    } else page.focus("#f-slot-start, .message.error");
  }

  function toOffer() {
    if (!root.querySelector("#taken")) return;
    lost = false;
    page.focus("#taken");
  }

  function view(state) {
    return html`
      <p class="crumb"><a href=${router.to("bookings", id)}>← ${t("cabinet.toBooking")}</a></p>
      <h1>${t("cabinet.titles.move")}</h1>
      ${shown(state.booking, refresh, whole)}
    `;
  }

  function whole(booking) {
    if (!changeable(booking, now())) return message("warning", t("inside.move.over"));
    const told = moving.error && !["slot_taken"].includes(moving.error.code) ? moving.told("start", "doctor") : nothing;
    return html`
      <div class="card"><p class="quiet">${t("inside.move.now")}</p>${twoClocks(booking.slot.start, zones)}</div>
      <p>${t("inside.move.rule")}</p>
      ${form.values.kind ? picker.view(form, doctors, set) : nothing}
      ${form.values.slot ? html`<div class="card"><p class="quiet">${t("inside.move.chosen")}</p>${twoClocks(form.values.slot.start, zones)}<p>${nameOf(form.values.slot.doctor)}</p></div>` : nothing}
      ${told}
      ${button(t("inside.move.yes"), move, { busy: moving.busy })}
    `;
  }

  const nameOf = (doctor) => catalogue.doctors.find((each) => each.id === doctor)?.name;

  if (focus) page.focus("h1");
  refresh();
  return { close: () => { closed = true; picker.close(); page.close(); } };
}

/** With the doctor who was booked the price was agreed on, whatever it is by now. */
const costsTheSame = ({ kind, specialty, price, slot }) => (doctor) =>
  doctor.id === slot.doctor || (doctor.specialties.includes(specialty) && doctor.offers[kind]?.price === price);
