/**
 * A booking for somebody on the telephone (S3, S12): who calls, what they want, when; what they are to be told stands
 * beside it. It is one page to type through, and what was typed outlives a look at another section.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { newKey } from "../shared/api.js";
import { errorSummary, errorsByPath, selectField } from "../shared/fields.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, errorText, facts, message } from "../shared/ui.js";
import { doctorOf, offerOf } from "../booking/catalogue.js";
import { DoctorSearch, kindField, specialtyField } from "../booking/choice.js";
import { bookingBody, checkChoice, checkPeople, checkSlot, newForm } from "../booking/draft.js";
import { ZoneField, channelFields, commentsField, contactFields, fieldName, peopleFields, whoField } from "../booking/people.js";
import { SlotPicker, when } from "../booking/slots.js";
import { callerView, newCaller } from "./caller.js";
import { bothTimes } from "./show.js";

const HOLDS = ["", "60", "180", "720", "1440", "2880"]; // minutes; "": as long as the clinic usually holds
const TOLD = ["in_person_first", "not_insured", "be_reachable", "money_stays"];

let kept = null; // what this tab's operator has typed so far

export function open({ root, session, catalogue, staff }) {
  if (kept?.staff !== staff.id) kept = blank(staff, catalogue);
  const it = { session, catalogue, staff, draft: kept };
  it.page = new Page(root, {}, () => view(it));
  const draw = () => it.page.draw();
  Object.assign(it, { draw, doctors: new DoctorSearch(draw), picker: new SlotPicker(draw), zones: new ZoneField(draw) });
  it.set = (values) => set(it, values);
  it.page.focus("input");
  return {
    close() {
      it.doctors.close();
      it.picker.close();
    },
  };
}

function blank(staff, catalogue) {
  const form = newForm(catalogue.time_zone);
  Object.assign(form.values, { kind: catalogue.kinds[0]?.id, "channel.type": catalogue.channels[0], hold_minutes: "" });
  return { staff: staff.id, form, caller: newCaller(), way: "specialty", made: null, busy: false, error: null, key: null };
}

/** Keep what was changed, by path; what was wrong with it is right until the next look. */
function set({ draft, draw }, values) {
  Object.assign(draft.form.values, values);
  for (const path of Object.keys(values)) delete draft.form.errors[path];
  draw();
}

function view(it) {
  const { draft } = it;
  if (draft.made) return madeView(it);
  return html`
    <h1>${t("console.sections.book")}</h1>
    ${callerView(it)}
    <form novalidate @submit=${(event) => { event.preventDefault(); send(it); }}>
      ${problemView(draft)}
      <div class="split">
        <div>${choiceView(it)} ${timeView(it)} ${peopleView(it)}</div>
        <aside aria-labelledby="told">${toldView(it)}</aside>
      </div>
    </form>
  `;
}

function problemView({ form, error }) {
  if (Object.keys(form.errors).length) return errorSummary(form, undefined, (path) => fieldName(path, form));
  return error ? message("error", errorText(error)) : nothing;
}

function choiceView(it) {
  const { draft, catalogue, set: change } = it;
  const { form, way } = draft;
  const turn = (event) => {
    draft.way = event.target.value;
    change({ specialty: undefined, doctor: undefined, slot: undefined });
  };
  return html`
    <section class="card" aria-labelledby="choice">
      <h2 id="choice">${t("desk.book.choice")}</h2>
      ${kindField(form, catalogue, change)}
      <fieldset class="field compact">
        <legend>${t("desk.book.way")}</legend>
        <div class="choices" @change=${turn}>
          ${["specialty", "doctor"].map(
            (each) => html`<label class="choice"><input type="radio" name="way" value=${each} .checked=${way === each} /><span>${t(`desk.book.ways.${each}`)}</span></label>`,
          )}
        </div>
      </fieldset>
      ${way === "specialty" ? specialtyField(form, catalogue, change) : it.doctors.view(form, catalogue, change)}
    </section>
  `;
}

function timeView(it) {
  const { draft, catalogue, set: change } = it;
  const { kind, specialty, doctor, "patient.who": who } = draft.form.values;
  const known = kind && (doctor || (specialty && (specialty !== "unsure" || who)));
  return html`
    <section class="card" aria-labelledby="slots">
      <h2 id="slots">${t("desk.book.time")}</h2>
      ${it.zones.view(draft.form, change)}
      ${known ? it.picker.view(draft.form, catalogue, change) : html`<p class="quiet">${t("desk.book.chooseFirst")}</p>`}
    </section>
  `;
}

function peopleView(it) {
  const { draft: { form }, catalogue, set: change } = it;
  return html`
    <section class="card" aria-labelledby="who">
      <h2 id="who">${t("desk.book.people")}</h2>
      ${whoField(form, change)}
    </section>
    ${peopleFields(form, change)}
    <section class="card" aria-labelledby="contacts">
      <h2 id="contacts">${t("booking.contacts")}</h2>
      ${contactFields(form, change)} ${channelFields(form, catalogue, change)} ${commentsField(form, change)}
    </section>
  `;
}

/** What the caller is to be told before they say yes (S12, S14, S15, S17, S18), and the sum of it all. */
function toldView(it) {
  const { draft, catalogue, set: change } = it;
  const { form } = draft;
  const { slot, time_zone: zone } = form.values;
  const offer = offerOf(catalogue, form.values);
  return html`
    <div class="card">
      <h2 id="told">${t("desk.book.tell")}</h2>
      <ul>
        <li>${t("desk.book.link")}</li>
        ${TOLD.map((each) => html`<li>${catalogue.notices[each]}</li>`)}
      </ul>
    </div>
    <div class="card sticky">
      ${facts([
        [t("desk.columns.when"), slot ? when(slot, zone, catalogue.time_zone) : t("desk.book.notChosen")],
        [t("desk.columns.doctor"), slot ? doctorOf(catalogue, slot.doctor)?.name : null],
        [t("desk.columns.price"), offer ? html`<strong>${format.money(offer.price)}</strong>` : null],
      ])}
      ${selectField(form, "hold_minutes", t("desk.book.hold"), HOLDS.map((each) => [each, t(`desk.book.holds.${each || "usual"}`)]),
        (minutes) => change({ hold_minutes: minutes }), { required: true })}
      ${button(t("desk.book.do"), null, { type: "submit", busy: draft.busy })}
    </div>
  `;
}

async function send(it) {
  const { draft, session, page, catalogue } = it;
  const { form } = draft;
  if (draft.busy) return;
  form.errors = { ...checkChoice(form), ...checkSlot(form), ...checkPeople(form, catalogue) };
  draft.error = null;
  if (Object.keys(form.errors).length) return page.focus("#errors");
  draft.key ??= newKey();
  draft.busy = true;
  page.draw();
  try {
    const minutes = Number(form.values.hold_minutes);
    const body = { ...bookingBody(form), ...(minutes && { hold_minutes: minutes }) };
    draft.made = await session.call("POST", "/internal/bookings", { key: draft.key, body });
    draft.key = null;
    page.focus("h1");
  } catch (error) {
    refused(it, error);
  } finally {
    draft.busy = false;
    page.draw();
  }
}

function refused({ draft, picker, page }, error) {
  if (!error.unanswered) draft.key = null;
  draft.error = error;
  draft.form.errors = errorsByPath(error.fields ?? []);
  if (error.code === "slot_taken") {
    draft.form.values.slot = undefined;
    picker.offer(error.details.alternatives ?? []);
  }
  page.focus(Object.keys(draft.form.errors).length ? "#errors" : "form > .message.error");
}

function madeView(it) {
  const { draft, catalogue } = it;
  const { booking_id, hold_until, price } = draft.made;
  const { slot, time_zone: zone } = draft.form.values;
  const another = () => {
    kept = it.draft = blank(it.staff, catalogue);
    it.page.focus("input");
  };
  return html`
    <h1>${t("desk.book.made")}</h1>
    ${message("done", t("desk.book.sent"))}
    <div class="card">
      ${facts([
        [t("desk.columns.when"), when(slot, zone, catalogue.time_zone)],
        [t("desk.columns.doctor"), doctorOf(catalogue, slot.doctor)?.name],
        [t("desk.columns.price"), format.money(price)],
        [t("desk.booking.holdUntil"), bothTimes(hold_until, catalogue.time_zone, zone)],
      ])}
      <div class="row">
        <a class="button" href="/console/bookings/${booking_id}">${t("desk.book.open")}</a>
        ${button(t("desk.book.another"), another, { look: "plain" })}
      </div>
    </div>
  `;
}

