/** Requests for a doctor's call, and the work on each: who calls, the attempts, what came of it (S16). */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, facts, message } from "../shared/ui.js";
import { fieldsOf, newForm, problem, sending, sent, submit } from "./form.js";
import { Pages } from "./pages.js";
import { bothTimes, doctorName, phoneLink, who } from "./show.js";

const RESULTS = ["answered", "not_reached", "withdrawn"];
/** Where a field of one request stands: several are on the page at once. */
const at = ({ callback }, name) => `${callback}.${name}`;

const ATTEMPTS = ["no_answer", "busy", "reached"];

export class CallbackList {
  #context;
  #forms = new Map(); // by request: what is typed, what is being sent

  /** `ask(cursor)` promises `{ rows, next }`. `linked`: whether each leads to its booking. */
  constructor({ page, session, staff, catalogue, ask, linked = false }) {
    this.#context = { page, session, staff, catalogue, linked };
    this.list = new Pages(page, ask);
    this.done = null;
  }

  load() {
    return this.list.load();
  }

  view(empty) {
    return html`
      ${this.done ? message("done", this.done) : nothing}
      ${this.list.view((rows) => html`<ul class="plain-list ruled callbacks">${this.#rowsView(rows)}</ul>`, empty)}
    `;
  }

  /** By request: the list is read again while somebody types into one, and another may have left it. */
  #rowsView(rows) {
    return repeat(rows, ({ callback }) => callback, (row) => this.#rowView(row));
  }

  #formOf(row) {
    if (!this.#forms.has(row.callback)) this.#forms.set(row.callback, newForm());
    return this.#forms.get(row.callback);
  }

  #rowView(row) {
    const { catalogue, staff, linked } = this.#context;
    const isOpen = row.status === "OPEN";
    return html`
      <li aria-label=${row.name}>
        <div class="bar">
          <h3>${linked ? html`<a href="/console/bookings/${row.booking_id}">${row.name}</a>` : row.name} ${phoneLink(row.phone)}</h3>
          <span class="state ${isOpen ? (row.overdue ? "bad" : "wait") : ""}">
            ${isOpen ? t(row.overdue ? "desk.callbacks.overdue" : "desk.callbacks.by", { moment: format.moment(row.answer_by, catalogue.time_zone) }) : t(`desk.callbacks.statuses.${row.status}`)}
          </span>
        </div>
        <p class="preformatted">${row.question}</p>
        ${facts([
          [t("desk.columns.patient"), row.patient],
          [t("desk.columns.doctor"), doctorName(catalogue, row.doctor)],
          [t("desk.callbacks.notBefore"), row.not_before ? bothTimes(row.not_before, catalogue.time_zone, row.time_zone) : null],
          [t("desk.callbacks.assignee"), row.assignee ? who(row.assignee, staff) : isOpen ? t("desk.callbacks.nobody") : null],
          [t("desk.callbacks.attempts"), row.attempts.length ? this.#attemptsView(row) : null],
          [t("desk.callbacks.note"), row.note ? html`<span class="preformatted">${row.note}</span>` : null],
        ])}
        ${isOpen ? this.#workView(row) : nothing}
      </li>
    `;
  }

  #attemptsView = ({ attempts }) => html`
    <ul class="plain-list">
      ${attempts.map((each) => html`<li>${format.moment(each.at, this.#context.catalogue.time_zone)}: ${t(`desk.attempts.${each.result}`)}</li>`)}
    </ul>
  `;

  #workView(row) {
    const { page, staff } = this.#context;
    const form = this.#formOf(row);
    const fields = fieldsOf(page, form);
    const mine = row.assignee === staff.id;
    const address = `/internal/bookings/${row.booking_id}/callbacks/${row.callback}`;
    return html`
      <form novalidate @submit=${sent(() => this.#close(row, form, address))}>
        ${problem(form)}
        <div class="row" role="group" aria-label=${t("desk.callbacks.attempt")}>
          ${button(t(mine ? "desk.callbacks.leave" : "desk.callbacks.take"), () => this.#assign(row, form, address, mine ? null : "me"), { look: "plain", ...sending(form, "assignee") })}
          ${ATTEMPTS.map((each) => button(t(`desk.attempts.${each}`), () => this.#attempt(row, form, address, each), { look: "plain", ...sending(form, each) }))}
        </div>
        <details>
          <summary>${t("desk.callbacks.close")}</summary>
          ${fields.radio(at(row, "result"), t("desk.callbacks.result"), RESULTS.map((each) => [each, t(`desk.callbacks.results.${each}`)]), { compact: true })}
          ${fields.long(at(row, "note"), t("desk.callbacks.noteLabel"), { maxlength: 2000, rows: 2, hint: t("desk.callbacks.noteHint") })}
          ${button(t("desk.callbacks.doClose"), null, { type: "submit", ...sending(form, "result") })}
        </details>
      </form>
    `;
  }

  #assign(row, form, address, assignee) {
    return this.#act(row, form, "assignee", { assignee, version: row.version }, address);
  }

  #attempt(row, form, address, result) {
    return this.#act(row, form, "attempts", { result }, address);
  }

  async #close(row, form, address) {
    const [result, note] = ["result", "note"].map((name) => form.values[at(row, name)] ?? "");
    const done = await this.#act(row, form, "result", { result, note, version: row.version }, address);
    if (!done) return;
    this.#forms.delete(row.callback);
    this.done = t("desk.callbacks.closed", { name: row.name });
    this.#context.page.focus(".message.done");
  }

  /** One act on a request. What somebody else changed meanwhile, or was done unheard, is read again; what was typed stays. */
  async #act(row, form, act, body, address) {
    const { page, session } = this.#context;
    const isAttempt = act === "attempts"; // which a key makes one, however often it is sent
    this.done = null;
    const send = (key) => session.call("POST", `${address}/${act}`, { key: isAttempt ? key : undefined, body });
    const state = await submit(page, form, send, isAttempt ? body.result : act);
    if (state) {
      const note = act === "result" ? body.note : row.note;
      Object.assign(row, state, { note });
      page.draw();
    } else {
      form.errors = Object.fromEntries(Object.entries(form.errors).map(([name, words]) => [at(row, name), words]));
      if (form.error?.unanswered || form.error?.status === 409) await this.list.load();
    }
    return state;
  }
}
