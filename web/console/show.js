/** How the console shows what it meets everywhere: states, people, moments in two zones, who did something. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import * as format from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { message } from "../shared/ui.js";

const LOOKS = {
  AWAITING_CONSENT: "wait", AWAITING_PAYMENT: "wait", SCHEDULED: "good", COMPLETED: "good", NOT_HELD: "bad",
};

export const stateBadge = (status) => html`<span class="state ${LOOKS[status] ?? ""}">${t(`states.${status}`)}</span>`;

const titleOf = (list, id) => list.find((each) => each.id === id)?.title ?? id;
export const kindTitle = (catalogue, id) => titleOf(catalogue.kinds, id);
export const specialtyTitle = (catalogue, id) => titleOf(catalogue.specialties, id);

/** A doctor's name; of one who has left the catalogue, the id. */
export const doctorName = (catalogue, id) => catalogue.doctors.find((each) => each.id === id)?.name ?? id;

/** «Петрова-Лисина А. С.», where there is little room. */
export function shortName(name) {
  const [family, ...others] = name.split(" ");
  return [family, ...others.map((each) => `${each[0]}.`)].join(" ");
}

export const fullName = ({ family_name, given_name, patronymic }) => [family_name, given_name, patronymic].filter(Boolean).join(" ");

/** A call by one press, where there is a telephone. */
export const phoneLink = (phone) => html`<a class="nowrap" href="tel:${phone}">${phone}</a>`;

/** A moment by the clinic's clock and, where it differs, by the patient's. */
export function bothTimes(at, clinicZone, zone) {
  const shown = (where) => `${format.day(at, where)}, ${format.time(at, where)}`;
  const clinic = html`${shown(clinicZone)} <small>${t("common.byClinic")}: ${format.zoneName(clinicZone, Date.parse(at))}</small>`;
  if (!zone || zone === clinicZone) return clinic;
  return html`${clinic}<div>${shown(zone)} <small>${t("desk.byPatient")}: ${format.zoneName(zone, Date.parse(at))}</small></div>`;
}

/** «Иванова Анна Петровна, четверг, 26 ноября, 14:30»: whose consultation something is about. */
export const whose = (name, start, zone) => `${name}, ${format.day(start, zone)}, ${format.time(start, zone)}`;

/** What came of something that was done, in words; the focus comes here. */
export const told = (words) => (words ? html`<div class="told" tabindex="-1">${message("done", words)}</div>` : nothing);

/** Who did something: `staff:<id>`, the holder's id, or what did it by itself. */
export function who(by, staff) {
  if (!by) return nothing;
  if (by === staff.id) return t("desk.who.me");
  if (by.startsWith("staff:")) return t("desk.who.staff", { id: by.slice(6, 14) });
  if (by.startsWith("h-")) return t("desk.who.holder");
  return tryText(`desk.who.${by}`) ?? by;
}

/** Why a booking asks for an operator; a code may have its particulars behind a colon. */
export const taskWords = (reason) => tryText(`desk.tasks.reasons.${reason.split(":")[0]}`) ?? t("desk.tasks.reasons.other");

const TASK_PLACES = {
  booking: (task) => `bookings/${task.booking_id}`,
  notice: (task) => `bookings/${task.booking_id}/notices`,
  callback: (task) => `bookings/${task.booking_id}/callbacks`,
  refund: (task) => `holders/${task.holder_id}/${task.booking_id}`,
};

/** Where a task is answered. */
export const taskPlace = (task) => `/console/${TASK_PLACES[task.kind](task)}`;

/**
 * A table that is a list of cards on a phone. `columns`: [[heading, (row) => content, "number"?], …].
 * Its roles are said, since a browser takes them away from a table that is not drawn as one. A row stays the row of what
 * it tells of when the list is read again: whoever is about to press a link in it goes where it led.
 */
export const table = (caption, columns, rows) => html`
  <table class="cards" role="table">
    <caption class="unseen">${caption}</caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(([heading, , look]) => html`<th role="columnheader" scope="col" class=${look ?? ""}>${heading}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${repeat(
        rows,
        keys(),
        (row) => html`
          <tr role="row">
            ${columns.map(([heading, content, look]) => html`<td role="cell" class=${look ?? ""} data-heading=${heading}><div>${content(row)}</div></td>`)}
          </tr>
        `,
      )}
    </tbody>
  </table>
`;

/** What a row is about, by its id; of several about one thing, and of those about none, the how manyth. */
function keys() {
  const met = new Map();
  return ({ refund, booking_id: booking }) => {
    const id = refund ?? booking;
    met.set(id, (met.get(id) ?? 0) + 1);
    return `${id} ${met.get(id)}`;
  };
}
