/**
 * A booking for somebody on the telephone (S3, S12): who calls, what they want, when; what they are to be told stands
 * beside it. It is one page to type through, and what was typed outlives a look at another section.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "../shared/api.js";
import { errorSummary, errorsByPath, fieldId, selectField } from "../shared/fields.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, errorText, facts, message } from "../shared/ui.js";
import { UNSURE, doctorOf, offerOf, resolved } from "../booking/catalogue.js";
import { DoctorSearch, specialtyField } from "../booking/choice.js";
import { bookingBody, checkChoice, checkPeople, checkSlot, newForm, stillOffered } from "../booking/draft.js";
import { kindField } from "../booking/kind.js";
import { ZoneField, channelFields, commentsField, contactFields, fieldName, peopleFields, whoField } from "../booking/people.js";
import { BookingRequest } from "../booking/request.js";
import { SlotPicker, when } from "../booking/slots.js";
import { anewView, askAnew, callerView, newCaller } from "./caller.js";
import { sent } from "./form.js";
import { Kept } from "./kept.js";
import { bothTimes } from "./show.js";

const HOLDS = ["", "60", "180", "720", "1440", "2880"]; // minutes; "": as long as the clinic usually holds
const TOLD = ["in_person_first", "not_insured", "be_reachable", "money_stays"];

let kept = null; // what this tab's operator has typed so far

addEventListener("beforeunload", (event) => kept?.isTyped && event.preventDefault());

export function open({ root, session, catalogue, staff }) {
  if (kept?.staff !== staff.id) kept = new Desk(staff.id);
  kept.show(root, session, catalogue);
  kept.focus("input");
  return { close: () => kept.leave() };
}

/** The booking that is put together, and the parts of its form. */
class Desk extends Kept {
  draft = null;

  show(root, session, catalogue) {
    Object.assign(this, { session, catalogue });
    if (this.draft) this.#goOn();
    else this.begin();
    this.page = new Page(root, {}, () => view(this));
  }

  leave() {
    this.doctors.close();
    this.picker.close();
  }

  /** Begin with an empty form. */
  begin() {
    this.draft = blank(this.catalogue);
    this.#fit();
  }

  #goOn() {
    const { form } = this.draft;
    form.values = stillOffered(form.values, this.catalogue);
    this.#fit();
  }

  /** Parts that know nothing of another form, nor of times that were free when this one was last looked at. */
  #fit() {
    const draw = () => this.draw();
    this.doctors?.close();
    this.picker?.close();
    Object.assign(this, { doctors: new DoctorSearch(draw), picker: new SlotPicker(draw), zones: new ZoneField(draw) });
  }

  /** Keep what was changed, by path; what was wrong with it is right until the next look. */
  set = (changed) => {
    const { values, errors } = this.draft.form;
    const before = { ...values };
    Object.assign(values, changed);
    if (values.specialty === UNSURE && ledTo(values) !== ledTo(before)) values.slot = undefined;
    if (values.slot && values.time_zone !== before.time_zone) values.slot = { ...values.slot, local_time: undefined }; // the other zone's
    for (const path of Object.keys(changed)) delete errors[path];
    this.draw();
  };

  /** Whether something would be lost that no search by the phone brings back. */
  get isTyped() {
    if (!this.draft || this.draft.made) return false;
    const { form, caller } = this.draft;
    const begun = { ...blank(this.catalogue).form.values, ...caller.filled };
    return Object.keys(form.values).some((path) => (form.values[path] || null) !== (begun[path] || null));
  }
}

const ledTo = (values) => resolved(values.specialty, values["patient.who"]);

function blank(catalogue) {
  const form = newForm(catalogue.time_zone);
  Object.assign(form.values, { kind: catalogue.kinds[0]?.id, "channel.type": catalogue.channels[0], hold_minutes: "", byName: false });
  return { form, caller: newCaller(), request: new BookingRequest(), made: null, busy: false, error: null };
}

function view(it) {
  const { draft } = it;
  if (draft.made) return madeView(it);
  return html`
    <div class="bar">
      <h1>${t("console.sections.book")}</h1>
      ${button(t("byPhone.anew.do"), () => askAnew(it), { look: "plain", disabled: draft.busy })}
    </div>
    ${callerView(it)}
    <form novalidate @submit=${sent(() => send(it))}>
      ${problemView(draft)}
      <div class="split">
        <div>${choiceView(it)} ${timeView(it)} ${peopleView(it)}</div>
        <aside aria-labelledby="told">${toldView(it)}</aside>
      </div>
    </form>
    ${anewView(it)}
  `;
}

function problemView({ form, error }) {
  if (Object.keys(form.errors).length) return errorSummary(form, undefined, (path) => fieldName(path, form));
  return error ? message("error", errorText(error)) : nothing;
}

function choiceView({ draft: { form }, catalogue, doctors, set }) {
  const { byName } = form.values;
  const turn = (event) => set({ byName: event.target.value === "doctor", specialty: undefined, doctor: undefined, slot: undefined });
  return html`
    <section class="card" aria-labelledby="choice">
      <h2 id="choice">${t("byPhone.choice")}</h2>
      ${kindField(form, catalogue, set)}
      <fieldset class="field compact">
        <legend>${t("byPhone.way")}</legend>
        <div class="choices" @change=${turn}>
          ${["specialty", "doctor"].map(
            (each) => html`<label class="choice"><input type="radio" name="way" value=${each} .checked=${byName === (each === "doctor")} /><span>${t(`byPhone.ways.${each}`)}</span></label>`,
          )}
        </div>
      </fieldset>
      ${byName ? doctors.view(form, catalogue, set) : specialtyField(form, catalogue, set)}
    </section>
  `;
}

function timeView({ draft: { form }, catalogue, zones, picker, set }) {
  const { kind, doctor } = form.values;
  const known = kind && (doctor || ledTo(form.values));
  return html`
    <section class="card" aria-labelledby="slots">
      <h2 id="slots">${t("byPhone.time")}</h2>
      ${zones.view(form, set)}
      ${known ? picker.view(form, catalogue, set) : html`<p class="quiet" id=${fieldId("slot.start")} tabindex="-1">${t("byPhone.chooseFirst")}</p>`}
    </section>
  `;
}

/** For whom it is was asked with «Не знаю» already. */
function peopleView({ draft: { form }, catalogue, set }) {
  const asks = form.values.specialty !== UNSURE;
  return html`
    ${asks ? html`<section class="card" aria-labelledby="who"><h2 id="who">${t("byPhone.people")}</h2>${whoField(form, set)}</section>` : nothing}
    ${peopleFields(form, set)}
    <section class="card" aria-labelledby="contacts">
      <h2 id="contacts">${t("booking.contacts")}</h2>
      ${contactFields(form, set)} ${channelFields(form, catalogue, set)} ${commentsField(form, set)}
    </section>
  `;
}

/** What the caller is to be told before they say yes (S12, S14, S15, S17, S18), and the sum of it all. */
function toldView({ draft: { form, busy }, catalogue, set }) {
  const { slot, time_zone: zone } = form.values;
  const offer = offerOf(catalogue, form.values);
  return html`
    <div class="card">
      <h2 id="told">${t("byPhone.tell")}</h2>
      <ul>
        <li>${t("byPhone.link")}</li>
        ${TOLD.map((each) => html`<li>${catalogue.notices[each]}</li>`)}
      </ul>
    </div>
    <div class="card sticky">
      ${facts([
        [t("desk.columns.when"), slot ? when(slot, zone, catalogue.time_zone) : t("byPhone.notChosen")],
        [t("desk.columns.doctor"), slot ? doctorOf(catalogue, slot.doctor)?.name : null],
        [t("desk.columns.price"), offer ? html`<strong>${format.money(offer.price)}</strong>` : null],
      ])}
      ${selectField(form, "hold_minutes", t("byPhone.hold"), HOLDS.map((each) => [each, t(`byPhone.holds.${each || "usual"}`)]),
        (minutes) => set({ hold_minutes: minutes }), { required: true })}
      ${button(t("byPhone.do"), null, { type: "submit", busy })}
    </div>
  `;
}

/** What is answered is drawn where the form stands by then: another section may have been open meanwhile. */
async function send(it) {
  const { draft, session, catalogue } = it;
  const { form, request } = draft;
  if (draft.busy || draft.made) return;
  form.errors = { ...checkChoice(form), ...checkSlot(form), ...checkPeople(form, catalogue) };
  draft.error = null;
  if (Object.keys(form.errors).length) return it.focus("#errors");
  const { slot } = form.values;
  const minutes = Number(form.values.hold_minutes);
  request.begin({ ...bookingBody(form), ...(minutes && { hold_minutes: minutes }) });
  draft.busy = true;
  it.draw();
  try {
    const [made, body] = await request.ask((each, key) => session.call("POST", "/internal/bookings", { key, body: each }));
    const earlier = request.isEarlier(body);
    draft.made = { ...made, slot: earlier ? body.slot : slot, zone: body.time_zone, earlier };
    it.focus("h1");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused(it, error);
  } finally {
    draft.busy = false;
    it.draw();
  }
}

function refused(it, error) {
  const { draft, picker } = it;
  if (!error.unanswered) draft.request.answered();
  draft.error = error;
  draft.form.errors = errorsByPath(error.fields);
  if (error.code === "slot_taken") {
    draft.form.values.slot = undefined;
    picker.offer(error.details.alternatives ?? []);
  }
  it.focus(Object.keys(draft.form.errors).length ? "#errors" : "form > .message.error");
}

function madeView(it) {
  const { catalogue } = it;
  const { booking_id, hold_until, price, slot, zone, earlier } = it.draft.made;
  const another = () => {
    it.begin();
    it.focus("input");
  };
  return html`
    <h1>${t("byPhone.made")}</h1>
    ${message("done", t("byPhone.sent"))} ${earlier ? message("warning", t("byPhone.earlier")) : nothing}
    <div class="card">
      ${facts([
        [t("desk.columns.when"), when(slot, zone, catalogue.time_zone)],
        [t("desk.columns.doctor"), doctorOf(catalogue, slot.doctor)?.name],
        [t("desk.columns.price"), format.money(price)],
        [t("desk.booking.holdUntil"), bothTimes(hold_until, catalogue.time_zone, zone)],
      ])}
      <div class="row">
        <a class="button" href="/console/bookings/${booking_id}">${t("byPhone.open")}</a>
        ${button(t("byPhone.another"), another, { look: "plain" })}
      </div>
    </div>
  `;
}
