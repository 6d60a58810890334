/** The clinic's own part of the catalogue: who it is, what is said, its settings; kinds and specialties. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { below, described, fieldId, tickField } from "../shared/fields.js";
import { zoneName } from "../shared/format.js";
import { t, textsOf } from "../shared/texts.js";
import { draft } from "./catalogue_draft.js";
import { errorWithin, long, number, parts, select, several, text } from "./catalogue_fields.js";
import { hoursList } from "./hours.js";

const field = (name) => t(`catalogue.fields.${name}`);
const hint = (name) => ({ hint: t(`catalogue.hints.${name}`) });

const cardOf = (name, content) => html`
  <section class="card" aria-labelledby="card-${name}">
    <h2 id="card-${name}">${t(`catalogue.cards.${name}`)}</h2>
    ${content}
  </section>
`;

export function clinicView() {
  const zones = Object.keys(textsOf("zones"));
  const own = draft.get("clinic.time_zone");
  return html`
    ${cardOf("clinic", html`
      <div class="columns">
        ${text("clinic.name", field("name"))} ${text("clinic.phone", field("phone"), { type: "tel", hint: t("catalogue.clinicPhoneHint") })}
        ${select("clinic.time_zone", field("time_zone"), (zones.includes(own) || !own ? zones : [own, ...zones]).map((each) => [each, zoneName(each)]), hint("time_zone"))}
      </div>
      ${several("clinic.channels", field("channels"), ["room", "skype", "phone"].map((each) => [each, t(`channels.${each}`)]))}
    `)}
    ${cardOf("rooms", html`${text("clinic.room_url", field("room_url"), hint("room_url"))} ${tokensFields()}`)}
  `;
}

function tokensFields() {
  const at = "clinic.room_tokens";
  const form = { values: { [at]: draft.get(at) !== undefined }, errors: draft.errors };
  return html`
    ${tickField(form, at, t("catalogue.roomTokens"), (on) => draft.set(at, on ? { app_id: "", audience: "jitsi", subject: "*" } : undefined), { hint: t("catalogue.hints.room_tokens") })}
    ${draft.get(at)
      ? html`<div class="few">${["app_id", "audience", "subject"].map((each) => text(`${at}.${each}`, field(each)))}</div>`
      : nothing}
  `;
}

const named = (list) => (path, index) => {
  const isNew = draft.isNew(list, index);
  return html`
    <div class="columns">
      ${text(`${path}.title`, field("title"))}
      ${text(`${path}.id`, field("id"), { disabled: !isNew, hint: t(isNew ? "catalogue.idHint" : "catalogue.idFixed") })}
    </div>
  `;
};

export const listsView = () => html`
  ${["kinds", "specialties"].map((each) => cardOf(each, html`<p class="quiet">${t(`catalogue.hints.${each}`)}</p>${parts(each, each, named(each), () => ({ id: "", title: "" }), { least: 1 })}`))}
`;

export const noticesView = () => cardOf("notices", html`
  <p class="quiet">${t("catalogue.hints.notices")}</p>
  ${["be_reachable", "money_stays", "in_person_first", "not_insured"].map((each) => long(`clinic.notices.${each}`, field(each), { maxlength: 2000, rows: 3 }))}
`);

const TIMING = [
  "hold_site_minutes", "hold_operator_minutes", "hold_ends_before_minutes", "minimum_notice_minutes", "horizon_days",
  "grace_minutes", "verdict_hours", "contact_attempts", "correction_days",
];

/** Settings of time at a path; `own`: a doctor's, where what is left empty is the clinic's. */
export const timingFields = (path, own = false) => html`
  <div class="columns">
    ${TIMING.map((each) => number(`${path}.${each}`, field(each), { ...hint(each), required: !own, placeholder: own ? String(draft.get(`clinic.timing.${each}`) ?? "") : undefined }))}
  </div>
  ${remindersField(`${path}.reminder_minutes`, own)}
`;

/** Minutes before the consultation, in one line: «1440, 60, 10». */
function remindersField(path, own) {
  const value = draft.get(path);
  const typed = draft.typed.get(path);
  const read = (words) => words.split(/[\s,;]+/).filter(Boolean).map((each) => (/^\d{1,7}$/.test(each) ? Number(each) : each));
  const words = typed !== undefined && JSON.stringify(read(typed)) === JSON.stringify(value ?? []) ? typed : (value ?? []).join(", ");
  const error = errorWithin(path);
  const changed = ({ target }) => {
    draft.typed.set(path, target.value);
    draft.set(path, own && !target.value.trim() ? undefined : read(target.value));
  };
  return html`
    <div class="field" ?data-wrong=${error}>
      <label for=${fieldId(path)}>${field("reminder_minutes")}${own ? html` <span class="optional">${t("common.optional")}</span>` : nothing}</label>
      <input id=${fieldId(path)} .value=${words} autocomplete="off" inputmode="text" aria-invalid=${error ? "true" : nothing}
        aria-describedby=${described(path, true, error)} @input=${changed} />
      ${below(path, t("catalogue.hints.reminder_minutes"), error)}
    </div>
  `;
}

export const settingsView = () => html`
  ${cardOf("timing", timingFields("clinic.timing"))}
  ${cardOf("limits", html`<div class="columns">${["live_holds", "bookings_per_address", "documents_kept_days", "open_callbacks"].map((each) => number(`clinic.limits.${each}`, field(each), hint(each)))}</div>`)}
  ${cardOf("callbacks", html`
    <p class="quiet">${t("catalogue.hints.callbacks")}</p>
    <div class="columns">${["answer_minutes", "ask_within_days"].map((each) => number(`clinic.callbacks.${each}`, field(each), hint(each)))}</div>
    ${hoursList("clinic.callbacks.hours", { least: 1 })}
  `)}
`;
