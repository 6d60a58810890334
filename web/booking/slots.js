/** Day and time: free slots by the patient's clock, the clinic's beside it where the two differ. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { call, now } from "../shared/api.js";
import { below, described, fieldId } from "../shared/fields.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, failed, loading, message } from "../shared/ui.js";
import { doctorOf, resolved, treats } from "./catalogue.js";
import { patientAge } from "./draft.js";
import { focusSoon } from "./focus.js";
import { grouped } from "./grouped.js";

const DAYS = 7; // shown at once
const FARTHEST = 56; // days from today: no clinic opens its book further
const FEW = 12; // times of one doctor that are in sight at once
const DAY = 86_400_000; // milliseconds
const TIMES = `#${fieldId("slot.start")}`;

/** Loads what it shows when the choice, the zone or the week changes, and calls `draw` when there is something new. */
export class SlotPicker {
  #draw;
  #asked = 0;
  #choice = null; // for which the week was turned to
  #key = null;
  #zone = null;
  #week = 0; // which seven days from today
  #slots = null;
  #error = null;
  #day = null;
  #unfolded = new Set();
  #offered = null;
  #lead = null; // a selector: where the focus goes once the days are there

  constructor(draw) {
    this.#draw = draw;
  }

  close() {
    this.#asked += 1;
  }

  /** The time of the form was lost: show these instead (409, `alternatives`), and what is free by now. */
  offer(alternatives) {
    this.#offered = alternatives;
    const first = alternatives.map(({ start }) => Date.parse(start)).sort((one, other) => one - other)[0] ?? now();
    this.#week = Math.max(0, Math.floor((first - now()) / (DAYS * DAY)));
    this.#key = null;
  }

  view(form, catalogue, set) {
    this.#look(form);
    const pick = (slot) => {
      this.#offered = null;
      set({ slot, "slot.start": undefined, "slot.doctor": undefined });
    };
    return html`
      <div id=${fieldId("slot.doctor")} tabindex="-1">
        ${this.#alternatives(form, catalogue, pick)}
        ${zonesLine(form.values.time_zone, catalogue.time_zone)}
        ${this.#free(form, catalogue, pick)}
        ${below("slot.start", null, form.errors["slot.start"] ?? form.errors["slot.doctor"])}
      </div>
    `;
  }

  #free(form, catalogue, pick) {
    if (this.#error) return failed(this.#error, () => this.#load(form));
    if (!this.#slots) return loading(t("booking.loadingSlots"));
    const slots = this.#slots.filter(suits(form, catalogue));
    return html`
      ${slots.length ? this.#days(slots, form, catalogue, pick) : html`<p id=${fieldId("slot.start")} tabindex="-1">${t("booking.noSlots")}</p>`}
      ${this.#turn(form)}
    `;
  }

  #look(form) {
    const { kind, specialty, doctor, time_zone } = form.values;
    const choice = JSON.stringify([kind, specialty, doctor, form.values["patient.who"]]);
    if (this.#choice !== null && choice !== this.#choice) this.#week = 0; // others may be free sooner
    this.#choice = choice;
    const key = JSON.stringify([choice, time_zone, this.#week]);
    if (key === this.#key) return;
    if (this.#key !== null) this.#offered = null; // it was for another choice
    this.#key = key;
    this.#load(form);
  }

  async #load(form) {
    const asked = ++this.#asked;
    this.#clear();
    this.#zone = form.values.time_zone;
    let slots = null;
    let error = null;
    try {
      ({ slots } = await call("GET", `/slots?${this.#query(form)}`));
    } catch (caught) {
      error = caught;
    }
    if (asked !== this.#asked) return;
    const [first, last] = this.#bounds(0, DAYS - 1);
    this.#slots = slots?.filter((slot) => localDay(slot) >= first && localDay(slot) <= last) ?? null;
    this.#error = error;
    this.#draw();
    if (this.#lead && document.activeElement === document.body) focusSoon(this.#lead);
    this.#lead = null;
  }

  /** The button that was pressed is gone, or goes while the days are loaded. */
  #focusOn(selector) {
    if (this.#slots) focusSoon(selector);
    else this.#lead = selector;
  }

  #clear() {
    this.#slots = this.#error = this.#day = null;
    this.#unfolded.clear();
    this.#draw();
  }

  /** The patient's week may begin on the clinic's day before, and end on the day after. */
  #query({ values }) {
    const [from, to] = this.#bounds(-1, DAYS);
    const whose = values.doctor ? { doctor: values.doctor } : { specialty: resolved(values.specialty, values["patient.who"]) ?? values.specialty };
    return new URLSearchParams({ ...whose, kind: values.kind, from, to, time_zone: values.time_zone });
  }

  #bounds(before, after) {
    const start = now() + this.#week * DAYS * DAY;
    return [before, after].map((days) => format.isoDay(start + days * DAY, this.#zone));
  }

  #alternatives(form, catalogue, pick) {
    if (!this.#offered) return nothing;
    const near = this.#offered.filter(isOffered(form, catalogue));
    return html`
      <div class="message warning" role="alert" id="taken" tabindex="-1">
        <p>${t(near.length ? "booking.taken" : "booking.takenAll")}</p>
        <div class="row">
          ${near.map((slot) => button(this.#offerWords(slot, form, catalogue), () => this.#take(slot, pick), { look: "plain" }))}
        </div>
      </div>
    `;
  }

  #take(slot, pick) {
    pick(slot);
    this.#focusOn(TIMES);
  }

  #offerWords(slot, { values }, catalogue) {
    const { day, time } = told(slot, values.time_zone);
    const name = slot.doctor === values.doctor ? nothing : html`<small>${doctorOf(catalogue, slot.doctor).name}</small>`;
    return html`<span>${dayWords(day)}, ${time}${name}</span>`;
  }

  #days(slots, form, catalogue, pick) {
    const days = grouped(slots, localDay);
    const chosen = form.values.slot && told(form.values.slot, form.values.time_zone).day;
    const day = [this.#day, chosen].find((each) => days.has(each)) ?? days.keys().next().value;
    return html`
      <fieldset class="field days" role="radiogroup" tabindex="-1">
        <legend>${t("booking.days")}</legend>
        <div class="chips">
          ${[...days].map(
            ([each, free]) => html`
              <label class="choice chip">
                <input type="radio" name="day" .checked=${live(each === day)} @change=${() => this.#open(each)} />
                <span>${dayWords(each)}<small>${t("booking.free", { count: free.length })}</small></span>
              </label>
            `,
          )}
        </div>
      </fieldset>
      ${this.#times(day, days.get(day), form, catalogue, pick)}
    `;
  }

  #open(day) {
    this.#day = day;
    this.#unfolded.clear();
    this.#draw();
  }

  #times(day, slots, form, catalogue, pick) {
    const error = form.errors["slot.start"] ?? form.errors["slot.doctor"];
    return html`
      <fieldset class="field" role="radiogroup" aria-required="true" id=${fieldId("slot.start")} tabindex="-1" ?data-wrong=${error}
        aria-describedby=${described("slot.start", null, error)}>
        <legend>${t("booking.slotsFor", { day: dayWords(day) })}</legend>
        ${[...grouped(slots, ({ doctor }) => doctor)].map(([doctor, free]) => this.#ofDoctor(doctor, free, form, catalogue, pick))}
      </fieldset>
    `;
  }

  #ofDoctor(id, free, form, catalogue, pick) {
    const doctor = doctorOf(catalogue, id);
    const offer = doctor.offers[form.values.kind];
    const chosen = form.values.slot;
    const at = chosen?.doctor === id ? free.findIndex(({ start }) => start === chosen.start) : -1;
    const few = this.#unfolded.has(id) || free.length <= FEW + 1 || at >= FEW ? free : free.slice(0, FEW);
    const price = t("booking.offer", { price: format.money(offer.price), minutes: t("common.minutes", { count: offer.minutes }) });
    return html`
      <div class="doctor">
        ${form.values.doctor ? nothing : html`<p><strong>${doctor.name}</strong><small>${price}</small></p>`}
        <div class="chips times">
          ${few.map((slot) => timeChip(slot, form, catalogue, pick, `${doctor.name}, `))}
          ${few.length < free.length ? button(t("booking.moreTimes", { count: free.length - few.length }), () => this.#unfold(id, free[FEW]), { look: "plain" }) : nothing}
        </div>
      </div>
    `;
  }

  #unfold(doctor, first) {
    this.#unfolded.add(doctor);
    this.#draw();
    focusSoon(`${TIMES} [value="${doctor} ${first.start}"]`);
  }

  #turn(form) {
    const turn = (weeks) => {
      this.#week += weeks;
      this.#offered = null;
      this.#look(form);
      this.#focusOn(`.days, ${TIMES}`);
    };
    return html`
      <div class="row turn">
        ${this.#week ? button(t("booking.earlierDays"), () => turn(-this.#week), { look: "plain" }) : nothing}
        ${(this.#week + 1) * DAYS < FARTHEST ? button(t("booking.laterDays"), () => turn(1), { look: "plain" }) : nothing}
      </div>
    `;
  }
}

function timeChip(slot, form, catalogue, pick, whose) {
  const { values } = form;
  const own = told(slot, values.time_zone);
  const clinics = clinicTold(slot, catalogue.time_zone);
  const differs = own.time !== clinics.time || own.day !== clinics.day;
  const clinicTime = clinics.day === own.day ? clinics.time : `${shortDay(clinics.day)} ${clinics.time}`; // by whose clock is said above
  return html`
    <label class="choice chip">
      <input type="radio" name="slot.start" value="${slot.doctor} ${slot.start}"
        .checked=${live(values.slot?.start === slot.start && values.slot?.doctor === slot.doctor)} @change=${() => pick(slot)} />
      <span><span class="unseen">${whose}</span>${own.time}${differs ? html`<small>${clinicTime}<span class="unseen"> ${t("booking.inClinic")}</span></small>` : nothing}</span>
    </label>
  `;
}

const zonesLine = (own, clinic) =>
  message(
    "info",
    format.zoneName(own) === format.zoneName(clinic) || own === clinic
      ? t("booking.zonesSame", { own: format.zoneName(own) })
      : t("booking.zonesDiffer", { own: format.zoneName(own), clinic: format.zoneName(clinic) }),
  );

/** Whether the page's catalogue has the doctor for this kind: the clinic may have changed it since it was read. */
const isOffered = (form, catalogue) => ({ doctor }) => Boolean(doctorOf(catalogue, doctor)?.offers[form.values.kind]);

/** Only doctors of the patient's age, as far as that is known. */
function suits(form, catalogue) {
  const who = form.values["patient.who"];
  const offered = isOffered(form, catalogue);
  const age = patientAge(form, catalogue);
  const fits = ({ treats: { from_age, to_age } }) => (who === "child" ? from_age < 18 : to_age === null || to_age >= 18);
  return (slot) => {
    if (!who || !offered(slot)) return offered(slot);
    const doctor = doctorOf(catalogue, slot.doctor);
    return age === null ? fits(doctor) : treats(doctor, age);
  };
}

const split = (iso) => ({ day: iso.slice(0, 10), time: iso.slice(11, 16) });
const localDay = ({ local_time }) => local_time.slice(0, 10);
const told = (slot, zone) => (slot.local_time ? split(slot.local_time) : byZone(slot.start, zone));
const clinicTold = (slot, zone) => (slot.clinic_time ? split(slot.clinic_time) : byZone(slot.start, zone));
const byZone = (start, zone) => ({ day: format.isoDay(start, zone), time: format.time(start, zone) });
const dayWords = (day) => format.day(`${day}T12:00:00Z`, "UTC");
const shortDay = (day) => `${day.slice(8)}.${day.slice(5, 7)}`;

/**
 * When a consultation is, for people: «четверг, 26 ноября, 14:30 (Москва, МСК)», and by the clinic's clock where that
 * differs. `slot`: of GET /slots, with the times that the API told, or of a booking.
 */
export function when(slot, zone, clinicZone) {
  const own = told(slot, zone);
  const clinics = clinicTold(slot, clinicZone);
  const words = `${dayWords(own.day)}, ${own.time} (${format.zoneName(zone, Date.parse(slot.start))})`;
  if (own.time === clinics.time && own.day === clinics.day) return words;
  const theirs = clinics.day === own.day ? clinics.time : `${dayWords(clinics.day)}, ${clinics.time}`;
  return t("booking.whenBoth", { own: words, clinic: `${theirs} (${format.zoneName(clinicZone, Date.parse(slot.start))})` });
}
