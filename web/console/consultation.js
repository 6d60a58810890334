/** One consultation of the doctor's day. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, errorText, facts, message } from "../shared/ui.js";
import { begin, offered, standsAt } from "./actions.js";
import { documentList } from "./documents.js";
import { newForm, sending, submit } from "./form.js";
import { bothTimes, doctorName, kindTitle, phoneLink, specialtyTitle, stateBadge, told, whose } from "./show.js";

const MINUTE = 60_000; // milliseconds
const NEAR = 30 * MINUTE; // before and after its time, what is known of a consultation changes
const ATTEMPTS = ["no_answer", "busy", "wrong_number"];

/** Stands for a booking where `actions.js` is asked what may be done with it. `load` reads the day again. */
export class Consultation {
  #row;

  constructor({ page, session, catalogue }, load) {
    Object.assign(this, { page, session, catalogue, isOwn: true, operates: false, action: null, done: null, documentProblem: null });
    this.attempt = newForm();
    this.load = load;
  }

  set row(row) {
    this.#row = row;
    const { booking_id, when, status, evidence } = row;
    this.path = `/internal/bookings/${booking_id}`;
    this.booking = { value: { booking: { status, slot: { start: when.start, end: when.end } }, evidence, task: null } };
    standsAt(this);
  }

  /** By which the day's list knows it from one reading to the next. */
  get id() {
    return this.#row.booking_id;
  }

  /** Whose consultation it is, and when: what stands on its window. */
  get whose() {
    const { patient, when } = this.#row;
    return whose(patient.name, when.start, when.clinic_zone);
  }

  get #isOver() {
    return Date.parse(this.#row.when.end) <= now();
  }

  /** Whether the doctor is meeting the patient, or about to, or still owes a word. */
  get isNear() {
    const { start, end } = this.#row.when;
    return this.stage() !== "over" && Date.parse(start) - NEAR <= now() && now() < Date.parse(end) + NEAR;
  }

  /** now, later, over, or unsaid: it is over, and nobody has said what became of it. */
  stage() {
    const { when, status, evidence, outcome } = this.#row;
    if (outcome || evidence.word) return "over";
    if (this.#isOver) return status === "SCHEDULED" ? "unsaid" : "over";
    return Date.parse(when.start) <= now() ? "now" : "later";
  }

  /** Something was done: it is said, and the day is read again. */
  async changed(words) {
    Object.assign(this, { action: null, done: words });
    this.page.focus(`#c-${this.id} .told`);
    await this.load();
  }

  view(stage) {
    const { booking_id: id, patient } = this.#row;
    return html`
      <article class="card consultation ${stage}" id="c-${id}" aria-labelledby="p-${id}">
        <header>
          <h3 id="p-${id}"><span class="clock">${this.#clock()}</span> ${patient.name}</h3>
          ${this.#badge(stage)}
        </header>
        ${told(this.done)}
        ${stage === "over" ? html`<details><summary>${t("day.details")}</summary>${this.#body()}</details>` : html`${this.#reach()} ${this.#acts()} ${this.#body()}`}
      </article>
    `;
  }

  #clock() {
    const { start, end, clinic_zone: zone } = this.#row.when;
    return `${format.time(start, zone)}–${format.time(end, zone)}`;
  }

  #badge(stage) {
    const { when, status, outcome, evidence } = this.#row;
    if (outcome || evidence.word) return html`<span class="state ${(outcome ?? evidence.word) === "held" ? "good" : "bad"}">${t(`outcomes.${outcome ?? evidence.word}`)}</span>`;
    if (stage === "now") return html`<span class="state good">${t("day.left", { left: minutesTo(when.end) })}</span>`;
    if (stage === "next") return html`<span class="state wait">${t("day.in", { left: minutesTo(when.start) })}</span>`;
    return stage === "unsaid" ? html`<span class="state bad">${t("day.noWord")}</span>` : stateBadge(status);
  }

  /** The ways to the patient: the chosen one stands out, the telephone helps where it fails. */
  #reach() {
    const { channel, join_url: join, skype_login: skype, phone } = this.#row.reach;
    return html`
      <div class="row reach">
        ${channel === "room" && join ? html`<a class="button" href=${join} target="_blank" rel="noopener">${t("day.join")}</a>` : nothing}
        ${channel === "skype" && skype ? html`<a class="button" href="skype:${skype}?call">${t("day.skype", { login: skype })}</a>` : nothing}
        <a class="button ${channel === "phone" ? "" : "plain"} nowrap" href="tel:${phone}">${t("day.call", { phone })}</a>
      </div>
    `;
  }

  #body() {
    const { when, patient, representative, kind, specialty, reach, comments, documents, earlier, evidence, note } = this.#row;
    const { catalogue } = this;
    return html`
      ${facts([
        [t("desk.columns.when"), bothTimes(when.start, when.clinic_zone, when.zone)],
        [t("desk.columns.patient"), html`${t("day.born", { age: t("day.age", { count: patient.age }), date: format.date(patient.birth_date, "UTC") })}, ${t(`sexes.${patient.sex}`).toLowerCase()}`],
        [representative ? t(`relations.${representative.relation}`) : null, representative?.name],
        [t("desk.columns.kind"), `${kindTitle(catalogue, kind)}, ${specialtyTitle(catalogue, specialty)}`],
        [t("desk.booking.channel"), this.stage() === "over" ? html`${t(`channels.${reach.channel}`)}, ${phoneLink(reach.phone)}` : null],
        [t("desk.booking.comments"), comments ? html`<span class="preformatted">${comments}</span>` : null],
        [t("desk.booking.documents"), documents.length ? html`${this.documentProblem ? message("error", errorText(this.documentProblem)) : nothing}${documentList(documents, this)}` : null],
        [t("desk.booking.patientJoined"), evidence.patient_joined_at ? format.time(evidence.patient_joined_at, when.clinic_zone) : null],
        [t("desk.booking.note"), note ? html`<span class="preformatted">${note}</span>` : null],
      ])}
      ${earlier.length ? this.#earlierView(earlier) : nothing}
    `;
  }

  #earlierView = (rows) => html`
    <details>
      <summary>${t("day.earlier", { count: rows.length })}</summary>
      <ul class="plain-list ruled">
        ${rows.map(
          (each) => html`
            <li>
              ${format.date(each.start, this.#row.when.clinic_zone)}, ${kindTitle(this.catalogue, each.kind)}
              <small>${each.doctor_name ?? doctorName(this.catalogue, each.doctor)}${each.outcome ? `, ${t(`outcomes.${each.outcome}`)}` : ""}</small>
              ${each.note ? html`<p class="preformatted">${each.note}</p>` : nothing}
            </li>
          `,
        )}
      </ul>
    </details>
  `;

  #acts() {
    const { evidence, when } = this.#row;
    const tries = evidence.contact_attempts;
    const may = offered(this);
    if (!tries.length && !may.length) return nothing;
    return html`
      <div class="acts">
        ${this.attempt.error ? message("error", errorText(this.attempt.error)) : nothing}
        ${tries.length
          ? html`<p role="status"><strong>${t("day.tries", { count: tries.length })}:</strong> ${tries.map((each) => `${format.time(each.at, when.clinic_zone)} ${t(`desk.attempts.${each.result}`).toLowerCase()}`).join(", ")}</p>`
          : nothing}
        <div class="row" role="group" aria-label=${t("day.acts")}>
          ${may.length ? ATTEMPTS.map((each) => button(t(`desk.attempts.${each}`), () => this.#tried(each), { look: "plain", ...sending(this.attempt, each) })) : nothing}
          ${may.map((each) => button(t(`desk.actions.${each.name}.title`), () => begin(this, each)))}
        </div>
      </div>
    `;
  }

  /** Count an attempt to reach the patient. What came of it is told at once, and the day is read again. */
  async #tried(result) {
    this.done = null;
    const send = (key) => this.session.call("POST", `${this.path}/contact-attempts`, { key, body: { result } });
    const evidence = await submit(this.page, this.attempt, send, result);
    if (!evidence) return;
    this.row = { ...this.#row, evidence };
    this.page.draw();
  }
}

/** «12 минут», never less than one. */
const minutesTo = (moment) => lengthOf(Math.max(1, Math.ceil((Date.parse(moment) - now()) / MINUTE)));

function lengthOf(minutes) {
  if (minutes < 120) return t("common.minutes", { count: minutes });
  return t("day.hours", { count: Math.round(minutes / 60) });
}
