/** Whose consultation it is, who they are, how to reach them (S1, S6, S7, S8). */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { longField, radioField, selectField, textField } from "../shared/fields.js";
import { moscowOffset, zoneName } from "../shared/format.js";
import { t, textsOf, tryText } from "../shared/texts.js";

const LONGEST_NAME = 100; // letters
const LONGEST_COMMENT = 4000;
const FULL_LIST = "…";

/** Me, or my child. A change of it keeps all that was typed. */
export const whoField = (form, set) =>
  radioField(
    form,
    "patient.who",
    t("booking.who"),
    ["self", "child"].map((who) => [who, t(`booking.whoChoices.${who}`), t(`booking.whoMore.${who}`)]),
    (who) => set({ "patient.who": who }),
  );

const LABELS = { family_name: "familyName", given_name: "givenName", patronymic: "patronymic", birth_date: "birthDate", sex: "sex", phone: "phone", email: "email", relation: "relation" };

/** What a field of the form is called, for a list of errors; null: its error says enough. */
export function fieldName(path, { values }) {
  const [part, name] = path.split(".");
  if (part === "consents") return tryText(`booking.agree.${name}`);
  if (part === "channel") return t(name === "login" ? "booking.skypeLogin" : "booking.channel");
  const label = LABELS[name] && t(`booking.${LABELS[name]}`);
  const child = values["patient.who"] === "child" && !["phone", "email", "relation"].includes(name);
  return label && child ? t(`booking.whose.${part}`, { label }) : (label ?? null);
}

/** The child, if it is one, and the holder: the patient, or who represents the child. */
export function peopleFields(form, set) {
  const child = form.values["patient.who"] === "child";
  return html`
    ${child ? personFields(form, set, "patient", t("booking.people.child")) : nothing}
    ${personFields(form, set, "holder", t(`booking.people.${child ? "representative" : "self"}`), child ? relationField(form, set) : nothing)}
  `;
}

const relationField = (form, set) =>
  selectField(form, "patient.relation", t("booking.relation"), Object.entries(textsOf("relations")), (relation) => set({ "patient.relation": relation }), {
    empty: t("booking.notChosen"),
  });

/** Name, birth date, sex of one person; `side`: "holder" or "patient". The browser may fill in the holder's own. */
export function personFields(form, set, side, title, more = nothing) {
  const own = side === "holder";
  const line = (name, label, options = {}) =>
    textField(form, `${side}.${name}`, label, (value) => set({ [`${side}.${name}`]: value }), { maxlength: LONGEST_NAME, ...options });
  return html`
    <section class="card">
      <h2>${title}</h2>
      ${more}
      <div class="columns">
        ${line("family_name", t("booking.familyName"), { autocomplete: own ? "family-name" : "off" })}
        ${line("given_name", t("booking.givenName"), { autocomplete: own ? "given-name" : "off" })}
        ${line("patronymic", t("booking.patronymic"), { autocomplete: own ? "additional-name" : "off", required: false })}
        ${line("birth_date", t("booking.birthDate"), { autocomplete: own ? "bday" : "off", inputmode: "text", hint: t("booking.birthDateHint"), maxlength: 10 })}
      </div>
      ${radioField(form, `${side}.sex`, t("booking.sex"), Object.entries(textsOf("sexes")), (sex) => set({ [`${side}.sex`]: sex }), { compact: true })}
    </section>
  `;
}

export const contactFields = (form, set) => html`
  <div class="columns">
    ${textField(form, "holder.phone", t("booking.phone"), (phone) => set({ "holder.phone": phone }), { type: "tel", autocomplete: "tel", inputmode: "tel", hint: t("booking.phoneHint") })}
    ${textField(form, "holder.email", t("booking.email"), (email) => set({ "holder.email": email }), { type: "email", autocomplete: "email", inputmode: "email", hint: t("booking.emailHint") })}
  </div>
`;

/** Only the channels that the clinic has switched on; a login for Skype alone. */
export function channelFields(form, catalogue, set) {
  const choices = catalogue.channels.map((channel) => [channel, t(`channels.${channel}`), t(`booking.channelMore.${channel}`)]);
  const login = () =>
    textField(form, "channel.login", t("booking.skypeLogin"), (value) => set({ "channel.login": value }), { hint: t("booking.skypeHint") });
  return html`
    ${radioField(form, "channel.type", t("booking.channel"), choices, (type) => set({ "channel.type": type }))}
    ${form.values["channel.type"] === "skype" ? login() : nothing}
  `;
}

export const commentsField = (form, set) =>
  longField(form, "comments", t("booking.comments"), (comments) => set({ comments }), { hint: t("booking.commentsHint"), required: false, maxlength: LONGEST_COMMENT, rows: 6 });

/** The patient's zone: asked, and shown. First the zones that patients live in, then, if none of them is it, all. */
export class ZoneField {
  #draw;
  #all = false;

  constructor(draw) {
    this.#draw = draw;
  }

  view(form, set) {
    const chosen = (zone) => {
      this.#all ||= zone === FULL_LIST;
      if (zone === FULL_LIST) this.#draw();
      else set({ time_zone: zone, slot: undefined });
    };
    const own = form.values.time_zone; // UTC, say, is in no browser's list
    const zones = this.#all ? new Set([...Intl.supportedValuesOf("timeZone"), own]) : usualZones(own);
    const choices = [...zones].map((zone) => [zone, zoneName(zone)]);
    if (!this.#all) choices.push([FULL_LIST, t("booking.zoneOther")]);
    return selectField(form, "time_zone", t(this.#all ? "booking.zoneAll" : "booking.zone"), choices, chosen, { hint: t("booking.zoneHint") });
  }
}

function usualZones(own) {
  const zones = new Set([...Object.keys(textsOf("zones")), own]);
  const ahead = (zone) => Number(/[+-]\d+/.exec(moscowOffset(zone))?.[0] ?? 0);
  return [...zones].sort((one, other) => ahead(one) - ahead(other) || zoneName(one).localeCompare(zoneName(other)));
}
