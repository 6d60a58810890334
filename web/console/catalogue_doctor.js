/** One doctor of the catalogue. Their working time is edited in the section of schedules. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dialog } from "../shared/dialog.js";
import { below, fieldId, tickField } from "../shared/fields.js";
import { t, textsOf } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { timingFields } from "./catalogue_clinic.js";
import { draft } from "./catalogue_draft.js";
import { number, roubles, several, text } from "./catalogue_fields.js";
import { doctorTitle } from "./catalogue_words.js";

export const newDoctor = () => ({
  id: "", family_name: "", given_name: "", specialties: [], treats: { from_age: 18 }, languages: ["ru"], offers: {},
  schedule: [], days_off: [], extra_days: [], contacts: { phone: "", email: "" },
});

const field = (name) => t(`catalogue.fields.${name}`);

export function doctorView(it, index) {
  const at = `doctors.${index}`;
  const id = draft.get(`${at}.id`);
  const isNew = draft.isNew("doctors", index);
  return html`
    <p><a href="/console/catalogue/doctors">${t("catalogue.allDoctors")}</a></p>
    <h2>${doctorTitle(draft.get(at))}</h2>
    ${cardOf("person", html`
      <div class="columns">
        ${text(`${at}.family_name`, field("family_name"))} ${text(`${at}.given_name`, field("given_name"))}
        ${text(`${at}.patronymic`, field("patronymic"), { required: false })}
        ${text(`${at}.id`, field("id"), { disabled: !isNew, hint: t(isNew ? "catalogue.idHint" : "catalogue.idFixed") })}
        ${text(`${at}.contacts.phone`, field("phone"), { type: "tel", hint: t("catalogue.contactsHint") })}
        ${text(`${at}.contacts.email`, field("email"), { inputmode: "email" })}
      </div>
    `)}
    ${cardOf("practice", html`
      ${several(`${at}.specialties`, field("specialties"), draft.list("specialties").map(({ id: value, title }) => [value, title]))}
      <div class="columns">
        ${number(`${at}.treats.from_age`, field("from_age"))}
        ${number(`${at}.treats.to_age`, field("to_age"), { required: false, hint: t("catalogue.toAgeHint") })}
      </div>
      ${several(`${at}.languages`, field("languages"), Object.entries(textsOf("catalogue.languages")), { usual: ["ru", "en"], others: t("catalogue.otherLanguages") })}
    `)}
    ${cardOf("offers", offersFields(`${at}.offers`))}
    ${cardOf("ownTiming", html`<details><summary>${t("catalogue.ownTimingWords")}</summary>${timingFields(`${at}.timing`, true)}</details>`)}
    <p><a href="/console/schedules/${id}">${t("catalogue.hoursOf", { doctor: doctorTitle(draft.get(at)) })}</a></p>
    ${draft.list("doctors").length > 1 ? button(t("catalogue.removeDoctor"), () => ask(it, index), { look: "danger" }) : nothing}
    ${it.removing === index ? removal(it, index) : nothing}
  `;
}

const cardOf = (name, content) => html`
  <section class="card" aria-labelledby="card-${name}">
    <h3 id="card-${name}">${t(`catalogue.cards.${name}`)}</h3>
    ${content}
  </section>
`;

/** All kinds that there are, and those of the doctor's that are no more. */
function offersFields(path) {
  const kinds = draft.list("kinds");
  const gone = Object.keys(draft.get(path) ?? {}).filter((id) => !kinds.some((each) => each.id === id));
  return html`
    <div id=${fieldId(path)} tabindex="-1">
      ${below(path, null, draft.errors[path])}
      ${[...kinds, ...gone.map((id) => ({ id, title: id }))].map((kind) => offerFields(`${path}.${kind.id}`, kind))}
    </div>
  `;
}

/** One kind of consultation: whether the doctor holds it, and for how much. */
function offerFields(path, kind) {
  const offer = draft.get(path);
  const form = { values: { [path]: offer !== undefined }, errors: draft.errors };
  return html`
    <div class="offer" role="group" aria-label=${kind.title}>
      ${tickField(form, path, kind.title, (on) => draft.set(path, on ? { price: "", minutes: 30 } : undefined), { required: true })}
      ${offer
        ? html`<div class="few">${roubles(`${path}.price`, t("catalogue.price"))} ${number(`${path}.minutes`, field("minutes"))}</div>`
        : nothing}
    </div>
  `;
}

function ask(it, index) {
  it.removing = index;
  it.page.draw();
}

function removal(it, index) {
  const close = () => ask(it, null);
  const remove = () => {
    draft.remove("doctors", index);
    it.router.go("catalogue", "doctors");
  };
  return dialog(
    t("catalogue.removeDoctor"),
    html`
      <p>${t("catalogue.removeDoctorWords", { doctor: doctorTitle(draft.get(`doctors.${index}`)) })}</p>
      <div class="row">${button(t("catalogue.removeDoctor"), remove, { look: "danger" })} ${button(t("common.cancel"), close, { look: "plain" })}</div>
    `,
    close,
  );
}
