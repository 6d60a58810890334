/** The form in steps. Which step is open stands in the address's fragment, so that the browser's own «back» goes back. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call, newKey } from "../shared/api.js";
import { errorSummary, errorsByPath } from "../shared/fields.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, errorText, message } from "../shared/ui.js";
import { DoctorSearch } from "../booking/choice.js";
import { ConsentTicks, consentsBody } from "../booking/consents.js";
import { bookingBody, newForm, patientAge, stillOffered } from "../booking/draft.js";
import { ZoneField, fieldName } from "../booking/people.js";
import { SlotPicker } from "../booking/slots.js";
import { Uploads } from "../booking/uploads.js";
import { STEPS, stepOf } from "./steps.js";
import * as store from "./store.js";

export class Form {
  #page;
  #booked;
  #popped = () => this.#show(this.#fromAddress());

  /** `booked(booking, uploads)`: called once the slot is held. */
  constructor({ root, catalogue, booked }) {
    const kept = store.draft.read();
    const draw = () => this.#page.draw();
    this.catalogue = catalogue;
    this.form = { ...newForm(), ...(kept && { values: stillOffered(kept.values, catalogue) }) };
    this.key = kept?.key ?? null;
    this.sent = kept?.sent ?? null;
    this.search = new DoctorSearch(draw);
    this.picker = new SlotPicker(draw);
    this.zone = new ZoneField(draw);
    this.ticks = new ConsentTicks(draw);
    this.uploads = new Uploads(draw, catalogue.uploads, kept?.names);
    this.#booked = booked;
    this.#page = new Page(root, { step: this.#fromAddress(), busy: false, failure: null }, (state) => this.#view(state));
    addEventListener("popstate", this.#popped);
    this.#named();
  }

  close() {
    removeEventListener("popstate", this.#popped);
    this.search.close();
    this.picker.close();
  }

  get age() {
    return patientAge(this.form, this.catalogue);
  }

  /** How the parts of the form say what was typed. What was wrong at these paths is forgiven. */
  set = (values) => {
    Object.assign(this.form.values, values);
    for (const path of Object.keys(values)) delete this.form.errors[path];
    if ("doctor" in values || "specialty" in values) delete this.form.errors.specialty;
    this.keep();
    this.#page.draw();
  };

  keep = () => {
    store.draft.write({ values: this.form.values, names: this.uploads.names, key: this.key, sent: this.sent });
  };

  /** Open a step by its id. */
  go = (id) => {
    if (location.hash !== `#${id}`) history.pushState(null, "", `${location.pathname}#${id}`);
    this.#show(stepOf(id));
  };

  draw = () => this.#page.draw();

  #show(step) {
    const errors = this.form.errors;
    this.#page.change({ step, failure: null });
    this.#named();
    this.#page.focus(Object.keys(errors).some((path) => step.owns(path)) ? "#errors" : "h1");
  }

  /** The step of the address, or the first before it that is not done. */
  #fromAddress() {
    const wanted = Math.max(0, STEPS.findIndex(({ id }) => `#${id}` === location.hash));
    const undone = STEPS.findIndex(({ check }) => Object.keys(check(this.form, this.catalogue)).length);
    return STEPS[undone === -1 ? wanted : Math.min(wanted, undone)];
  }

  #named() {
    const { step } = this.#page.state;
    document.title = t("site.windowTitle", { step: t(`site.steps.${step.id}`), clinic: this.catalogue.clinic.name });
  }

  #view({ step, busy, failure }) {
    const number = STEPS.indexOf(step) + 1;
    const own = { values: this.form.values, errors: pick(this.form.errors, step.owns) };
    const elsewhere = STEPS.filter((other) => other !== step && Object.keys(this.form.errors).some(other.owns));
    return html`
      <form class="step" novalidate @submit=${(event) => this.#submitted(event)}>
        <p class="progress" id="progress">${t("site.progress", { number, count: STEPS.length })}
          <progress max=${STEPS.length} value=${number} aria-labelledby="progress"></progress></p>
        <h1 tabindex="-1">${t(`site.steps.${step.id}`)}</h1>
        ${errorSummary(own, undefined, (path) => fieldName(path, own))}
        ${elsewhere.map((other) => html`<p class="message error">${t("site.errorsElsewhere", { step: t(`site.steps.${other.id}`) })}
          ${button(t("site.toStep"), () => this.go(other.id), { look: "link" })}</p>`)}
        ${step.view(this)}
        ${message("error", failure)}
        <div class="row forth">
          ${button(step.last ? t("site.book") : t("common.next"), null, { type: "submit", busy })}
          ${number > 1 ? button(t("common.back"), () => history.back(), { look: "plain" }) : nothing}
        </div>
      </form>
    `;
  }

  #submitted(event) {
    event.preventDefault();
    const { step, busy } = this.#page.state;
    if (busy) return;
    this.form.errors = step.check(this.form, this.catalogue);
    if (Object.keys(this.form.errors).length) this.#page.focus("#errors");
    else if (step.last) this.#book();
    else this.go(STEPS[STEPS.indexOf(step) + 1].id);
  }

  async #book() {
    this.#page.change({ busy: true, failure: null });
    this.key ??= newKey();
    const body = { ...bookingBody(this.form), consents: consentsBody(this.form, this.catalogue, this.age) };
    try {
      this.#made(await this.#ask(body));
    } catch (error) {
      await this.#refused(error);
    }
    this.#page.change({ busy: false });
  }

  /**
   * Ask for the booking by the key that is kept until it was answered. If an earlier request with it was never answered
   * and has made a booking all the same, the form as it was then asks for that booking.
   */
  async #ask(body) {
    const earlier = this.sent;
    this.sent ??= body;
    this.keep();
    try {
      return await call("POST", "/bookings", { body, key: this.key });
    } catch (error) {
      if (error.code !== "idempotency_conflict" || !earlier) throw error;
      return await call("POST", "/bookings", { body: earlier, key: this.key });
    }
  }

  #made(made) {
    const { kind, slot, time_zone } = this.form.values;
    const booking = { ...made, kind, slot, time_zone, channel: this.sent.channel.type, paid: false };
    this.#answered();
    store.booking.write(booking);
    this.#booked(booking, this.uploads);
  }

  async #refused(error) {
    if (error.unanswered) {
      this.#page.change({ failure: errorText(error) });
      return;
    }
    this.#answered();
    if (error.code === "slot_taken") this.#lost(error.details.alternatives);
    else if (error.fields?.length) await this.#wrong(error.fields);
    else this.#page.change({ failure: errorText(error) });
  }

  #answered() {
    this.key = this.sent = null;
    this.keep();
  }

  #lost(alternatives) {
    this.set({ slot: undefined });
    this.picker.offer(alternatives);
    this.go("time");
    this.#page.focus("#taken");
  }

  /** All that the API has found, each at its field; the first step that has any is opened. */
  async #wrong(fields) {
    if (fields.some(({ code }) => code === "outdated_version")) this.catalogue = await call("GET", "/catalogue").catch(() => this.catalogue);
    this.form.errors = errorsByPath(fields);
    const first = STEPS.find(({ owns }) => Object.keys(this.form.errors).some(owns));
    if (first) this.go(first.id);
    else this.#page.change({ failure: fields.map((each) => each.message).join(" ") });
  }
}

const pick = (errors, owns) => Object.fromEntries(Object.entries(errors).filter(([path]) => owns(path)));
