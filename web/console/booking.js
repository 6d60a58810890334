/** One booking: its people, time, money, evidence and history, and all that may be done with it. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, facts, failed, loading, message } from "../shared/ui.js";
import { actionWindow, begin, offered, standsAt } from "./actions.js";
import { CallbackList } from "./callback_list.js";
import { documentsView } from "./documents.js";
import { moneyView } from "./money.js";
import { noticesView } from "./notices.js";
import { Part } from "./part.js";
import { bothTimes, doctorName, fullName, kindTitle, phoneLink, specialtyTitle, stateBadge, taskWords, told, who, whose } from "./show.js";
import { trailOf, trailView } from "./trail.js";

/** `path`: the booking, and what of it somebody came for: "notices" or "callbacks". */
export function open({ root, session, router, catalogue, staff, path: [id = "", wanted] }) {
  const it = {
    session, router, catalogue, staff, id, path: `/internal/bookings/${encodeURIComponent(id)}`,
    operates: staff.groups.includes("operator"), action: null, done: null,
    get whose() {
      const { booking, people } = this.booking.value;
      return whose(fullName(people.patient), booking.slot.start, catalogue.time_zone);
    },
  };
  it.page = new Page(root, {}, () => (it.booking.value ? bookingView(it) : waitingView(it)));
  it.load = () => load(it);
  it.changed = (words) => changed(it, words);
  giveParts(it);
  standsAt(it);
  it.load().then(() => wanted && it.page.focus(`#${CSS.escape(wanted)}`));
  return { close() {}, resume: it.load };
}

function giveParts(it) {
  const { page, session, path } = it;
  it.booking = new Part(page, () => session.call("GET", path));
  it.callbacks = new CallbackList({
    page, session, catalogue: it.catalogue, staff: it.staff,
    ask: async () => ({ rows: (await session.call("GET", `${path}/callbacks`)).callbacks, next: null }),
  });
  it.documents = new Part(page, async () => (await session.call("GET", `${path}/documents`)).documents);
  if (!it.operates) return;
  it.notices = new Part(page, async () => (await session.call("GET", `${path}/notices`)).notices);
  it.balance = new Part(page, async () => {
    const { available } = await session.call("GET", `/internal/holders/${it.booking.value.holder_id}/balance`);
    return available;
  });
  it.trail = trailOf(page, session, `${path}/trail`);
}

/** The booking first: it says what else there is to see. The trail is read when somebody opens it. */
async function load(it) {
  await it.booking.load();
  const { value } = it.booking;
  if (!value) return;
  it.isOwn = it.staff.doctor !== null && value.booking.slot.doctor === it.staff.doctor;
  const others = [it.callbacks, it.notices, it.balance, it.isOwn && it.documents, it.trail?.rows && it.trail];
  await Promise.all(others.filter(Boolean).map((each) => each.load()));
}

/** Something was done: its window closes, it is said, and all is read again. */
async function changed(it, words) {
  Object.assign(it, { action: null, done: words });
  it.page.focus(".told");
  await it.load();
}

const waitingView = ({ booking, load }) => html`
  <h1>${t("console.sections.bookings")}</h1>
  ${booking.error ? failed(booking.error, load) : loading()}
`;

function bookingView(it) {
  const { booking, task, people } = it.booking.value;
  return html`
    <div class="bar">
      <h1>${fullName(people.patient)}</h1>
      <p>${stateBadge(booking.status)} ${booking.contract_number ? html`<span class="nowrap">${booking.contract_number}</span>` : nothing}</p>
    </div>
    ${it.booking.error ? failed(it.booking.error, it.load) : nothing}
    ${told(it.done)}
    ${task ? message("warning", taskWords(task)) : nothing}
    ${actionsView(it)}
    <div class="split">
      <div>${timeCard(it)} ${peopleCard(it)} ${evidenceCard(it)} ${callbacksCard(it)}</div>
      <div>
        ${moneyView(it)}
        ${it.operates ? noticesView(it) : nothing}
        ${it.isOwn ? documentsView(it) : nothing}
        ${it.operates ? trailView(it.trail, it) : nothing}
      </div>
    </div>
    ${it.action ? actionWindow(it) : nothing}
  `;
}

function actionsView(it) {
  const actions = offered(it);
  if (!actions.length) return nothing;
  return html`
    <div class="row actions" role="group" aria-label=${t("desk.booking.actions")}>
      ${actions.map((each) => button(t(`desk.actions.${each.name}.title`), () => begin(it, each), { look: each.look ?? "plain" }))}
    </div>
  `;
}

/** A card of the page, which its address may lead to. */
const card = (id, content) => html`
  <section class="card" aria-labelledby=${id}>
    <h2 id=${id}>${t(`desk.booking.${id}`)}</h2>
    ${content}
  </section>
`;

function timeCard({ booking: { value }, catalogue }) {
  const { booking, people } = value;
  const waits = booking.status.startsWith("AWAITING");
  return card("time", facts([
    [t("desk.columns.when"), bothTimes(booking.slot.start, catalogue.time_zone, people.time_zone)],
    [t("desk.columns.doctor"), doctorName(catalogue, booking.slot.doctor)],
    [t("desk.columns.kind"), `${kindTitle(catalogue, booking.kind)}, ${specialtyTitle(catalogue, booking.specialty)}`],
    [t("desk.booking.channel"), people.skype_login ? `${t(`channels.${booking.channel}`)}: ${people.skype_login}` : t(`channels.${booking.channel}`)],
    [t("desk.booking.holdUntil"), waits ? bothTimes(booking.hold_until, catalogue.time_zone, people.time_zone) : null],
    [t("desk.booking.moves"), booking.moves || null],
    [t("desk.booking.cancelled"), booking.cancelled_at ? cancelledWords(booking, catalogue) : null],
  ]));
}

const cancelledWords = ({ cancelled_at, cancelled_by }, catalogue) =>
  [format.moment(cancelled_at, catalogue.time_zone), cancelled_by && t(`desk.sides.${cancelled_by}`)].filter(Boolean).join(", ");

function peopleCard({ booking: { value }, catalogue, staff }) {
  const { people, door, created_at, created_by } = value;
  const { holder, patient, comments } = people;
  const born = (person) => html`${fullName(person)}<small>${format.date(person.birth_date, "UTC")}, ${t(`sexes.${person.sex}`).toLowerCase()}</small>`;
  return card("people", facts([
    [t("desk.columns.patient"), born(patient)],
    [patient.relation ? t(`relations.${patient.relation}`) : null, patient.relation ? born(holder) : null],
    [t("desk.columns.phone"), phoneLink(holder.phone)],
    [t("desk.booking.email"), html`<a href="mailto:${holder.email}">${holder.email}</a>`],
    [t("desk.booking.comments"), comments ? html`<span class="preformatted">${comments}</span>` : null],
    [t("desk.booking.made"), html`${format.moment(created_at, catalogue.time_zone)}, ${t(`desk.doors.${door}`)}<small>${door === "operator" ? who(created_by, staff) : nothing}</small>`],
  ]));
}

function evidenceCard({ booking: { value }, catalogue, staff }) {
  const { evidence, booking, corrections, note } = value;
  const at = (moment) => (moment ? format.moment(moment, catalogue.time_zone) : t("desk.booking.notSeen"));
  if (!booking.paid_at || now() < Date.parse(booking.slot.start)) return nothing;
  return card("evidence", html`
    ${facts([
      [t("desk.booking.patientJoined"), at(evidence.patient_joined_at)],
      [t("desk.booking.doctorJoined"), at(evidence.doctor_joined_at)],
      [t("desk.booking.word"), evidence.word ? html`${t(`outcomes.${evidence.word}`)}<small>${who(evidence.said_by, staff)}</small>` : null],
      [t("desk.booking.outcome"), booking.outcome ? t(`outcomes.${booking.outcome}`) : null],
      [t("desk.booking.corrections"), corrections || null],
      [t("desk.booking.note"), note ? html`<span class="preformatted">${note}</span>` : evidence.has_note ? t("desk.booking.hasNote") : null],
    ])}
    ${evidence.contact_attempts.length
      ? html`
          <h3>${t("desk.booking.attempts")}</h3>
          <ul class="plain-list">
            ${evidence.contact_attempts.map((each) => html`<li>${format.moment(each.at, catalogue.time_zone)}: ${t(`desk.attempts.${each.result}`)}</li>`)}
          </ul>
        `
      : nothing}
  `);
}

function callbacksCard(it) {
  const { rows, error } = it.callbacks.list;
  if (!rows?.length && !error && !it.callbacks.done) return nothing;
  return card("callbacks", it.callbacks.view(t("desk.callbacks.noneHere")));
}
