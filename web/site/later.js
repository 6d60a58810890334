/** The steps of the form but the first: what each asks, and which of the API's fields are its own. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { fieldId } from "../shared/fields.js";
import { loadTexts, t } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
import { UNSURE } from "../booking/catalogue.js";
import { DoctorSearch, specialtyField } from "../booking/choice.js";
import { ConsentTicks, checkConsents } from "../booking/consents.js";
import { checkChoice, checkPeople, checkSlot, newForm, patientAge, stillOffered } from "../booking/draft.js";
import { ZoneField, channelFields, commentsField, contactFields, fieldName, peopleFields, whoField } from "../booking/people.js";
import { SlotPicker, when } from "../booking/slots.js";
import { Uploads } from "../booking/uploads.js";
import { Booker } from "./book.js";
import "./payment.js"; // whoever has just taken a time must not wait for it
import { longFacts } from "./summary.js";

const begins = (...starts) => (path) => starts.some((each) => path === each || path.startsWith(`${each}.`));
/** `unsure` asks for whom, beside it; afterwards it is a question about people. */
const ownsDoctor = (path, { values }) =>
  begins("specialty", "doctor")(path) || (path === "patient.who" && values.specialty === UNSURE && !values["patient.who"]);
const ownsPeople = (path, form) => begins("patient", "holder", "channel", "slot.doctor")(path) && !ownsDoctor(path, form);
const ownsTime = (path) => begins("slot", "time_zone")(path) && path !== "slot.doctor"; // whom the doctor treats is for the people

const rest = [
  { id: "doctor", owns: ownsDoctor, check: checkChoice, view: doctorView },
  { id: "time", owns: ownsTime, check: checkSlot, view: timeView },
  { id: "people", owns: ownsPeople, check: checkPeople, view: peopleView },
  { id: "comments", owns: begins("comments"), check: () => ({}), view: commentsView },
  { id: "consents", owns: begins("consents"), check: checkConsents, view: consentsView },
  { id: "summary", owns: () => false, check: () => ({}), view: summaryView, last: true },
];

/** Give the form all its steps and parts. `kept`: what the tab keeps of it. */
export async function extend(site, kept, booked) {
  await loadTexts("booking", "site_later");
  const { form, catalogue, draw } = site;
  form.values = { ...newForm().values, ...stillOffered(form.values, catalogue) };
  Object.assign(site, {
    steps: [...site.steps, ...rest],
    fieldName,
    search: new DoctorSearch(draw),
    picker: new SlotPicker(draw),
    zone: new ZoneField(draw),
    ticks: new ConsentTicks(draw),
    uploads: new Uploads(draw, catalogue.uploads, kept.names),
    booker: new Booker(site, kept, booked),
  });
}

/** By specialty or by name: one of the two ways is open. */
function doctorView({ form, catalogue, set, search }) {
  const byName = form.values.byName ?? Boolean(form.values.doctor);
  const way = (value) => () => {
    if (value === byName) return;
    set({ byName: value, specialty: undefined, doctor: undefined, slot: undefined });
  };
  return html`
    <div class="ways" role="group" aria-label=${t("steps.ways")}>
      <button type="button" class=${byName ? "plain" : "primary"} aria-pressed=${!byName} @click=${way(false)}>${t("steps.bySpecialty")}</button>
      <button type="button" class=${byName ? "primary" : "plain"} aria-pressed=${byName} @click=${way(true)}>${t("steps.byName")}</button>
    </div>
    ${byName ? search.view(form, catalogue, set) : html`<p>${t("steps.ifUnsure")}</p>${specialtyField(form, catalogue, set)}`}
  `;
}

function timeView({ form, catalogue, set, picker, zone }) {
  const { slot, time_zone } = form.values;
  return html`
    ${zone.view(form, set)}
    ${picker.view(form, catalogue, set)}
    ${slot ? message("done", t("booking.chosen", { when: when(slot, time_zone, catalogue.time_zone) })) : nothing}
  `;
}

function peopleView({ form, catalogue, set, go }) {
  const who = form.values["patient.who"];
  return html`
    ${form.errors["slot.doctor"]
      ? html`<p id=${fieldId("slot.doctor")} tabindex="-1">${button(t("steps.otherDoctor"), () => go("doctor"), { look: "plain" })}</p>`
      : nothing}
    ${whoField(form, set)}
    ${who ? peopleFields(form, set) : nothing}
    ${who
      ? html`<section class="card"><h2>${t("booking.contacts")}</h2>${contactFields(form, set)}${channelFields(form, catalogue, set)}
          <p class="quiet">${catalogue.notices.be_reachable}</p></section>`
      : nothing}
  `;
}

function commentsView({ form, set, uploads, keep, draw }) {
  const chosen = () => {
    keep();
    draw();
  };
  return html`${commentsField(form, set)}${uploads.choose(chosen)}`;
}

function consentsView({ form, catalogue, set, ticks }) {
  const age = patientAge(form, catalogue);
  const { documents, notices } = catalogue;
  const notice = documents.filter(({ document }) => document === "telemedicine_notice");
  const consents = documents.filter((each) => each.required && !notice.includes(each));
  const optional = documents.filter((each) => !each.required);
  const section = (title, more, only) =>
    only.length ? html`<section class="card"><h2>${title}</h2>${more}${ticks.list(form, set, age, only)}</section>` : nothing;
  return html`
    ${section(t("steps.notice"), html`<p>${notices.in_person_first}</p>`, notice)}
    ${section(t("booking.consents"), html`<p>${t("steps.readEach")}</p>`, consents)}
    ${section(t("steps.optional"), nothing, optional)}
    ${ticks.window()}
  `;
}

function summaryView(site) {
  const { catalogue, change } = site;
  const { not_insured, money_stays, be_reachable } = catalogue.notices;
  return html`
    ${longFacts(site, change)}
    ${message("info", html`<p>${not_insured}</p><p>${money_stays}</p><p>${be_reachable}</p>`)}
    <p>${t("steps.holdAfter")}</p>
  `;
}
