/** A doctor's day is cleared (§2): nobody books it any more, and each of its bookings is moved or cancelled. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
import { fieldsOf, newForm, problem, refuse, sent, submit } from "./form.js";
import { bothTimes, doctorName } from "./show.js";

const AT_ONCE = 5; // bookings of one call: how far it has come is seen after each
const LOOKS = { moved: "good", cancelled: "wait", left: "bad", failed: "bad" };

const dayWords = (day) => format.day(`${day}T12:00:00Z`, "UTC");

export class Clearing {
  #it;
  #closed = false;

  /** `it`: { page, session, catalogue, doctor, cleared() }, which hears when the day is over. */
  constructor(it) {
    this.#it = it;
    this.form = newForm({ day: format.isoDay(now(), it.catalogue.time_zone), action: "move", otherwise: "leave", doctors: "any", why: "" });
    this.asking = false;
    this.#forget();
  }

  /** `asked`: what was said yes to; a change of the form is another clearing, which is asked about anew. */
  #forget() {
    Object.assign(this, { asked: null, results: [], left: null, after: null });
  }

  /** What runs is finished; what is left waits for somebody to carry on. */
  close() {
    this.#closed = true;
  }

  view() {
    const { page } = this.#it;
    const fields = fieldsOf(page, this.form);
    const choices = (name, values) => values.map((each) => [each, t(`catalogue.clearing.${name}.${each}`)]);
    return html`
      <section class="card" aria-labelledby="clearing">
        <h2 id="clearing">${t("catalogue.clearing.title")}</h2>
        <p class="quiet">${t("catalogue.clearing.words")}</p>
        <form novalidate @submit=${sent(() => this.#check())}>
          ${problem(this.form)}
          ${fields.text("day", t("catalogue.clearing.day"), { type: "date" })}
          ${fields.radio("action", t("catalogue.clearing.action"), choices("actions", ["move", "cancel"]), { compact: true })}
          ${this.form.values.action === "move"
            ? html`
                ${fields.radio("doctors", t("catalogue.clearing.whose"), choices("doctors", ["any", "same"]), { compact: true })}
                ${fields.radio("otherwise", t("catalogue.clearing.otherwise"), choices("otherwises", ["leave", "cancel"]), { compact: true })}
              `
            : nothing}
          ${fields.why()}
          ${button(t("catalogue.clearing.do"), null, { type: "submit", look: "danger", busy: this.form.busy })}
        </form>
        ${this.#progress()}
        ${this.asking ? this.#sure() : nothing}
      </section>
    `;
  }

  #check() {
    if (this.form.busy) return;
    const { day, why } = this.form.values;
    const errors = { ...(!day && { day: t("catalogue.clearing.noDay") }), ...(!why.trim() && { why: t("catalogue.clearing.noWhy") }) };
    if (Object.keys(errors).length) return refuse(this.#it.page, this.form, errors);
    this.form.errors = {};
    this.#ask(true);
  }

  #ask(asking) {
    this.asking = asking;
    this.#it.page.draw();
  }

  #sure() {
    const { day, action } = this.form.values;
    return dialog(
      t("catalogue.clearing.title"),
      html`
        <p>${t(`catalogue.clearing.sure.${action}`, { day: dayWords(day), doctor: doctorName(this.#it.catalogue, this.#it.doctor) })}</p>
        <div class="row">
          ${button(t("catalogue.clearing.do"), () => this.#begin(), { look: "danger" })}
          ${button(t("common.cancel"), () => this.#ask(false), { look: "plain" })}
        </div>
      `,
      () => this.#ask(false),
    );
  }

  #begin() {
    this.#forget();
    this.asked = { ...this.form.values };
    this.asking = false;
    return this.#run();
  }

  /** Call after call, each with what the one before had no time for. */
  async #run() {
    const { page, session, doctor, cleared } = this.#it;
    const { day, ...how } = this.asked;
    do {
      const body = { ...how, limit: AT_ONCE, ...(this.after && { after: this.after }) };
      const path = `/internal/doctors/${encodeURIComponent(doctor)}/days/${encodeURIComponent(day)}/clearing`;
      const answer = await submit(page, this.form, () => session.call("POST", path, { body }));
      if (!answer) return;
      Object.assign(this, { results: [...this.results, ...answer.results], left: answer.left, after: answer.next });
    } while (this.left && !this.#closed);
    page.focus("#clearing-done");
    cleared();
  }

  #progress() {
    const { results, left, form } = this;
    if (left === null) return nothing;
    const whole = results.length + left;
    return html`
      <div id="clearing-done" tabindex="-1">
        ${left
          ? html`<p role="status">${t("catalogue.clearing.progress", { day: dayWords(this.asked.day), done: results.length, whole })}</p><progress max=${whole} value=${results.length} aria-label=${t("catalogue.clearing.title")}></progress>`
          : message("done", results.length ? t("catalogue.clearing.done", { count: results.length }) : t("catalogue.clearing.nobody"))}
        ${left && !form.busy ? button(t("catalogue.clearing.carryOn"), () => this.#run()) : nothing}
        <ul class="plain-list ruled">${results.map((each) => this.#resultView(each))}</ul>
      </div>
    `;
  }

  #resultView({ booking_id: id, start, became, slot, message: words }) {
    const { catalogue } = this.#it;
    return html`
      <li>
        <a href="/console/bookings/${id}">${format.time(start, catalogue.time_zone)}</a>
        <span class="state ${LOOKS[became]}">${t(`catalogue.clearing.became.${became}`)}</span>
        ${slot ? html`<small>${bothTimes(slot.start, catalogue.time_zone)}, ${doctorName(catalogue, slot.doctor)}</small>` : nothing}
        ${words ? html`<small>${words}</small>` : nothing}
      </li>
    `;
  }
}
