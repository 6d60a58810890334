/** What was chosen and typed, in short. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { money } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, facts } from "../shared/ui.js";
import { doctorOf, offerOf, resolved, titleOf } from "../booking/catalogue.js";
import { when } from "../booking/slots.js";

/** All of the form, each part with a way to change it, and the price. */
export function longFacts({ form, catalogue, uploads }, change) {
  const { values } = form;
  const offer = offerOf(catalogue, values);
  const child = values["patient.who"] === "child";
  const part = (step, rows) => html`
    <section class="card">
      <header><h2>${t(`steps.parts.${step}`)}</h2>
        ${button(t("steps.change"), () => change(step), { look: "link", label: t("steps.changePart", { part: t(`steps.parts.${step}`) }) })}</header>
      ${facts(rows)}
    </section>
  `;
  return html`
    ${part("doctor", [
      [t("steps.facts.kind"), titleOf(catalogue.kinds, values.kind)],
      [t("steps.facts.specialty"), titleOf(catalogue.specialties, resolved(values.specialty, values["patient.who"]))],
      [t("steps.facts.doctor"), doctorOf(catalogue, values.slot.doctor)?.name],
      [t("steps.facts.length"), offer && t("common.minutes", { count: offer.minutes })],
    ])}
    ${part("time", [[t("steps.facts.when"), when(values.slot, values.time_zone, catalogue.time_zone)]])}
    ${part("people", [
      child ? [t("steps.facts.child"), fullName(values, "patient")] : ["", nothing],
      [t(child ? "steps.facts.representative" : "steps.facts.patient"), fullName(values, "holder")],
      [t("steps.facts.phone"), values["holder.phone"]],
      [t("steps.facts.email"), values["holder.email"]],
      [t("steps.facts.channel"), channelWords(values)],
    ])}
    ${part("comments", [
      [t("steps.facts.comments"), values.comments?.trim() ? html`<span class="preformatted">${values.comments}</span>` : t("steps.none")],
      [t("steps.facts.documents"), uploads.files.length ? uploads.files.map(({ file }) => file.name).join(", ") : t("steps.none")],
    ])}
    <p class="price">${t("steps.facts.price")}: <span class="big">${money(offer.price)}</span></p>
  `;
}

const fullName = (values, side) => ["family_name", "given_name", "patronymic"].map((name) => values[`${side}.${name}`]?.trim()).filter(Boolean).join(" ");

const channelWords = (values) =>
  values["channel.type"] === "skype" ? `${t("channels.skype")}, ${values["channel.login"]}` : t(`channels.${values["channel.type"]}`);

/** Of a booking that was made. */
export function bookingFacts(booking, catalogue, more = []) {
  return facts([
    [t("steps.facts.kind"), titleOf(catalogue.kinds, booking.kind)],
    [t("steps.facts.doctor"), doctorOf(catalogue, booking.slot.doctor)?.name],
    [t("steps.facts.when"), when(booking.slot, booking.time_zone, catalogue.time_zone)],
    [t("steps.facts.channel"), t(`channels.${booking.channel}`)],
    ...more,
  ]);
}
