/** When a consultation is: by the patient's clock, with the clinic's beside it. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { day, isoDay, moscowOffset, time, zoneName } from "../shared/format.js";
import { t } from "../shared/texts.js";

/** `patient`: the zone that was told with the latest booking; else this browser's. `clinic`: the clinic's. */
export function zonesOf(catalogue, people) {
  const told = people?.holder?.time_zone;
  return { patient: told ?? Intl.DateTimeFormat().resolvedOptions().timeZone, clinic: catalogue.time_zone };
}

/** Day and time, and the same by the clinic's clock where it shows another. */
export function twoClocks(at, zones) {
  const two = moscowOffset(zones.patient, at) !== moscowOffset(zones.clinic, at);
  const otherDay = isoDay(at, zones.patient) !== isoDay(at, zones.clinic);
  return html`
    <time datetime=${at}>
      <strong>${day(at, zones.patient)}, ${time(at, zones.patient)}</strong>
      <small>${two ? t("common.byYours") : t("cabinet.byBoth")} (${zoneName(zones.patient, at)})</small>
      ${two
        ? html`<small>${otherDay ? `${day(at, zones.clinic)}, ` : ""}${time(at, zones.clinic)} ${t("common.byClinic")} (${zoneName(zones.clinic, at)})</small>`
        : nothing}
    </time>
  `;
}

/** A day and time in a line. */
export const inLine = (at, zones) => `${day(at, zones.patient)}, ${time(at, zones.patient)}`;

/** The time alone if it is today, else with its day. */
export function until(at, zones, now) {
  const today = isoDay(at, zones.patient) === isoDay(now, zones.patient);
  return today ? time(at, zones.patient) : inLine(at, zones);
}
