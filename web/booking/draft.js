/**
 * A booking while it is put together: by a patient on the site's form, by an operator for a caller.
 *
 * `web/booking/` is what both need of it. A page keeps one form and hands it to the parts with
 * `set(values)`, which takes what was changed, by path, clears the errors at those paths and draws again:
 *
 *     draft.js      newForm, bookingBody(form), patientAge(form, catalogue), checkPeople(form, catalogue), …
 *     catalogue.js  what the catalogue says: doctorsOf, offerOf, specialtiesOf, treats, …
 *     kind.js       kindField(form, catalogue, set)
 *     choice.js     specialtyField(form, catalogue, set); new DoctorSearch(draw).view(form, catalogue, set)
 *     slots.js      picker = new SlotPicker(draw); picker.view(form, catalogue, set); picker.offer(alternatives)
 *     people.js     whoField, peopleFields, contactFields, channelFields, commentsField; new ZoneField(draw).view(form, set)
 *     request.js    new BookingRequest(kept): the key and the bodies of what nobody has answered yet
 *     consents.js   ticks = new ConsentTicks(draw); ticks.list(form, set, age, documents); ticks.window(); consentsBody(…)
 *     uploads.js    new Uploads(draw, limits): files that are chosen, and sent once there is a booking
 *
 * A form is `{ values, errors }` (see shared/fields.js). Values stand at the API's paths: "kind", "specialty", "doctor",
 * "slot" (what GET /slots told of the chosen time), "holder.family_name", "patient.who", "channel.type", "time_zone",
 * "comments", "consents.contract" (the version that was ticked)… Birth dates are kept as typed. `bookingBody` makes of
 * them what POST /bookings and POST /internal/bookings take. The words are in texts/ru/booking.js: load "booking".
 */

import { t } from "../shared/texts.js";
import { isoDay } from "../shared/format.js";
import { now } from "../shared/api.js";
import { ADULT, ageOn, doctorOf, treats } from "./catalogue.js";

const PERSON = ["family_name", "given_name", "patronymic", "birth_date", "sex"];
const SHORTEST_PHONE = 10; // digits

/** An empty form. `zone`: the patient's, asked for and shown; the browser's own to begin with. */
export const newForm = (zone = browserZone()) => ({ values: { time_zone: zone }, errors: {} });

/** What was kept of a form, without what the catalogue no longer has. */
export function stillOffered(values, catalogue) {
  const held = (id) => !id || Boolean(doctorOf(catalogue, id)?.offers[values.kind]);
  return held(values.doctor) && held(values.slot?.doctor) ? values : { ...values, specialty: undefined, doctor: undefined, slot: undefined };
}

const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The form as the API takes it; without consents, which an operator's booking has none of. */
export function bookingBody({ values }) {
  const child = values["patient.who"] === "child";
  const skype = values["channel.type"] === "skype";
  return {
    kind: values.kind ?? null,
    specialty: values.specialty ?? null,
    doctor: values.doctor ?? null,
    slot: { doctor: values.slot?.doctor ?? null, start: values.slot?.start ?? null },
    holder: { ...person(values, "holder"), phone: said(values["holder.phone"]), email: said(values["holder.email"]) },
    patient: {
      who: values["patient.who"] ?? null,
      ...(child ? { relation: said(values["patient.relation"]), ...person(values, "patient") } : {}),
    },
    channel: { type: values["channel.type"] ?? null, ...(skype ? { login: said(values["channel.login"]) } : {}) },
    comments: said(values.comments),
    time_zone: values.time_zone ?? null,
  };
}

const said = (typed) => typed?.trim() || null;

function person(values, side) {
  const typed = Object.fromEntries(PERSON.map((name) => [name, said(values[`${side}.${name}`])]));
  return { ...typed, birth_date: isoDate(typed.birth_date ?? "") ?? typed.birth_date };
}

/** A date as people type it (12.04.1988, 12041988, 1988-04-12) as YYYY-MM-DD; null: no date. */
function isoDate(typed) {
  const written = typed.trim();
  const [, day, month, year] =
    /^(\d{1,2})[.,/\s-]+(\d{1,2})[.,/\s-]+(\d{4})$/.exec(written) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(written) ?? [];
  const iso = year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : written;
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.test(iso) ? new Date(`${iso}T00:00:00Z`) : null;
  return found && !Number.isNaN(found.valueOf()) && found.toISOString().startsWith(iso) ? iso : null;
}

/** The patient's age in full years on the consultation's day by the clinic's clock; null while it is not known. */
export function patientAge({ values }, catalogue) {
  const side = values["patient.who"] === "child" ? "patient" : "holder";
  const born = isoDate(values[`${side}.birth_date`] ?? "");
  return born ? ageOn(born, consultationDay(values, catalogue)) : null;
}

const consultationDay = (values, catalogue) => isoDay(values.slot?.start ?? now(), catalogue.time_zone);

/** What is wrong with the choice of kind, specialty or doctor: errors by path. */
export function checkChoice({ values }) {
  const errors = {};
  if (!values.kind) errors.kind = t("kind.missing");
  if (values.byName && !values.doctor) errors.doctor = t("booking.errors.doctor");
  else if (!values.specialty) errors.specialty = t("booking.errors.specialty");
  if (values.specialty === "unsure" && !values["patient.who"]) errors["patient.who"] = t("booking.errors.who");
  return errors;
}

/** What is wrong with the time. */
export const checkSlot = ({ values }) => (values.slot ? {} : { "slot.start": t("booking.errors.slot") });

/**
 * What is plainly wrong with people and contacts, all at once: left out, unreadable, too young, too old. The rest is for
 * the API to say.
 */
export function checkPeople(form, catalogue) {
  const { values } = form;
  const child = values["patient.who"] === "child";
  const errors = { ...(values["patient.who"] ? {} : { "patient.who": t("booking.errors.who") }) };
  if (child) Object.assign(errors, missing(values, ["patient.relation"]), checkPerson(values, "patient"));
  Object.assign(errors, checkPerson(values, "holder"), checkContacts(values), checkAges(form, catalogue));
  return errors;
}

function checkPerson(values, side) {
  const errors = missing(values, [`${side}.family_name`, `${side}.given_name`, `${side}.birth_date`, `${side}.sex`]);
  const path = `${side}.birth_date`;
  if (errors[path]) return errors;
  const born = isoDate(values[path]);
  if (!born) errors[path] = t("booking.errors.date");
  else if (born > isoDay(now(), "UTC")) errors[path] = t("booking.errors.future");
  return errors;
}

function checkContacts(values) {
  const wanted = ["holder.phone", "holder.email", "channel.type", "time_zone"];
  const errors = missing(values, values["channel.type"] === "skype" ? [...wanted, "channel.login"] : wanted);
  const digits = values["holder.phone"]?.replaceAll(/\D/g, "").length ?? 0;
  if (!errors["holder.phone"] && digits < SHORTEST_PHONE) errors["holder.phone"] = t("booking.errors.phone");
  if (!errors["holder.email"] && !/^\S+@\S+\.\S+$/.test(values["holder.email"].trim())) {
    errors["holder.email"] = t("booking.errors.email");
  }
  return errors;
}

function checkAges(form, catalogue) {
  const { values } = form;
  const age = patientAge(form, catalogue);
  const doctor = doctorOf(catalogue, values.slot?.doctor);
  const child = values["patient.who"] === "child";
  const path = child ? "patient.birth_date" : "holder.birth_date";
  if (age === null) return {};
  if (child && age >= ADULT) return { [path]: t("booking.errors.notChild") };
  if (!child && age < ADULT) return { [path]: t("booking.errors.notAdult") };
  if (doctor && !treats(doctor, age)) return { "slot.doctor": t(child ? "booking.errors.noChildren" : "booking.errors.noAdults") };
  const holder = child ? isoDate(values["holder.birth_date"] ?? "") : null;
  if (holder && ageOn(holder, consultationDay(values, catalogue)) < ADULT) {
    return { "holder.birth_date": t("booking.errors.youngRepresentative") };
  }
  return {};
}

const missing = (values, paths) =>
  Object.fromEntries(paths.filter((path) => !said(values[path])).map((path) => [path, t("booking.errors.missing")]));
