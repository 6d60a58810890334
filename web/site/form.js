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
  #changing = false; // one step alone, and then back to the summary
  #popped = () => this.#show(this.#fromAddress());

  /** `booked(booking, uploads)`: called once the slot is held. */
  constructor({ root, catalogue, booked }) {
    const kept = store.draft.read();
    const draw = () => this.#page.draw();
    this.catalogue = catalogue;
    this.form = { ...newForm(), ...(kept && { values: stillOffered(kept.values, catalogue) }) };
    this.key = kept?.key ?? null;
    this.sent = kept?.sent ?? [];
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

  /** Open a step in order to change it, and nothing else. */
  change = (id) => {
    this.#changing = true;
    this.go(id);
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
    return STEPS[Math.min(wanted, this.#undone)];
  }

  /** The number of the first step that is not done; of the last, if all are. */
  get #undone() {
    const found = STEPS.findIndex(({ check }) => Object.keys(check(this.form, this.catalogue)).length);
    return found === -1 ? STEPS.length - 1 : found;
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
          ${number > 1 ? button(t("common.back"), () => this.go(STEPS[number - 2].id), { look: "plain" }) : nothing}
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
    else this.#forth(STEPS.indexOf(step) + 1);
  }

  #forth(next) {
    const to = this.#changing ? Math.max(next, this.#undone) : next;
    this.#changing &&= to !== STEPS.length - 1;
    this.go(STEPS[to].id);
  }

  async #book() {
    this.#page.change({ busy: true, failure: null });
    this.key ??= newKey();
    const body = { ...bookingBody(this.form), consents: consentsBody(this.form, this.catalogue, this.age) };
    try {
      this.#made(...(await this.#ask(body)));
    } catch (error) {
      await this.#refused(error);
    }
    this.#page.change({ busy: false });
  }

  /**
   * Ask for the booking by the key that is kept until it was answered: what was made, and of which form. A request that
   * was never answered may have made a booking all the same: then the form as it was sent with it asks for that one.
   */
  async #ask(body) {
    const earlier = this.sent;
    this.sent = [body, ...earlier];
    this.keep();
    for (const each of this.sent) {
      try {
        return [await call("POST", "/bookings", { body: each, key: this.key }), each];
      } catch (error) {
        if (error.code !== "idempotency_conflict" || each === this.sent.at(-1)) throw error;
      }
    }
  }

  #made(made, body) {
    const { slot } = this.form.values;
    const booking = {
      ...made,
      kind: body.kind,
      slot: slot.start === body.slot.start ? slot : body.slot,
      time_zone: body.time_zone,
      channel: body.channel.type,
      earlier: body !== this.sent[0], // of what had been typed before it was changed
      paid: false,
    };
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
    this.key = null;
    this.sent = [];
    this.keep();
  }

  #lost(alternatives) {
    this.set({ slot: undefined });
    this.picker.offer(alternatives);
    this.change("time");
    this.#page.focus("#taken");
  }

  /** All that the API has found, each at its field; the first step that has any is opened. */
  async #wrong(fields) {
    if (fields.some(({ code }) => code === "outdated_version")) this.catalogue = await call("GET", "/catalogue").catch(() => this.catalogue);
    this.form.errors = errorsByPath(fields);
    const first = STEPS.find(({ owns }) => Object.keys(this.form.errors).some(owns));
    if (first) this.change(first.id);
    else this.#page.change({ failure: fields.map((each) => each.message).join(" ") });
  }
}

const pick = (errors, owns) => Object.fromEntries(Object.entries(errors).filter(([path]) => owns(path)));
