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
      <header><h2>${t(`site.parts.${step}`)}</h2>
        ${button(t("site.change"), () => change(step), { look: "link", label: t("site.changePart", { part: t(`site.parts.${step}`) }) })}</header>
      ${facts(rows)}
    </section>
  `;
  return html`
    ${part("doctor", [
      [t("site.facts.kind"), titleOf(catalogue.kinds, values.kind)],
      [t("site.facts.specialty"), titleOf(catalogue.specialties, resolved(values.specialty, values["patient.who"]))],
      [t("site.facts.doctor"), doctorOf(catalogue, values.slot.doctor)?.name],
      [t("site.facts.length"), offer && t("common.minutes", { count: offer.minutes })],
    ])}
    ${part("time", [[t("site.facts.when"), when(values.slot, values.time_zone, catalogue.time_zone)]])}
    ${part("people", [
      child ? [t("site.facts.child"), fullName(values, "patient")] : ["", nothing],
      [t(child ? "site.facts.representative" : "site.facts.patient"), fullName(values, "holder")],
      [t("site.facts.phone"), values["holder.phone"]],
      [t("site.facts.email"), values["holder.email"]],
      [t("site.facts.channel"), channelWords(values)],
    ])}
    ${part("comments", [
      [t("site.facts.comments"), values.comments?.trim() ? html`<span class="preformatted">${values.comments}</span>` : t("site.none")],
      [t("site.facts.documents"), uploads.files.length ? uploads.files.map(({ file }) => file.name).join(", ") : t("site.none")],
    ])}
    <p class="price">${t("site.facts.price")}: <span class="big">${money(offer.price)}</span></p>
  `;
}

const fullName = (values, side) => ["family_name", "given_name", "patronymic"].map((name) => values[`${side}.${name}`]?.trim()).filter(Boolean).join(" ");

const channelWords = (values) =>
  values["channel.type"] === "skype" ? `${t("channels.skype")}, ${values["channel.login"]}` : t(`channels.${values["channel.type"]}`);

/** Of a booking that was made. */
export function bookingFacts(booking, catalogue, more = []) {
  return facts([
    [t("site.facts.kind"), titleOf(catalogue.kinds, booking.kind)],
    [t("site.facts.doctor"), doctorOf(catalogue, booking.slot.doctor)?.name],
    [t("site.facts.when"), when(booking.slot, booking.time_zone, catalogue.time_zone)],
    [t("site.facts.channel"), t(`channels.${booking.channel}`)],
    ...more,
  ]);
}
