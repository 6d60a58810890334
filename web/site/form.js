/** The form in steps. Which step is open stands in the address's fragment, so that the browser's own «back» goes back. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, call } from "../shared/api.js";
import { errorSummary } from "../shared/fields.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, errorText, failed, loading, message } from "../shared/ui.js";
import { STEPS, first } from "./first.js";
import * as store from "./store.js";

export class Form {
  #page;
  #booked;
  #rest = null;
  #changing = false; // one step alone, and then back to the summary
  #popped = () => this.#show(this.#fromAddress());

  /** `booked(booking, uploads)`: called once the slot is held. Call `start` next. */
  constructor({ root, catalogue, booked }) {
    this.catalogue = catalogue;
    this.form = { values: store.draft.read()?.values ?? {}, errors: {} };
    this.steps = [first];
    this.fieldName = () => null;
    this.#booked = booked;
    const state = { step: first, ready: !store.draft.read(), error: null, busy: false, failure: null };
    this.#page = new Page(root, state, (seen) => this.#shown(seen));
    addEventListener("popstate", this.#popped);
  }

  /**
   * Open the step of the address, as far as all before it is done. What was kept needs all steps: until they are there
   * nothing can be changed. `again`: somebody comes from the payment, so the focus has to be moved.
   */
  async start(again = false) {
    this.#page.change({ error: null });
    try {
      if (store.draft.read()) await this.load();
    } catch (error) {
      this.#page.change({ error });
      return;
    }
    this.#page.change({ ready: true, step: this.#fromAddress() });
    this.#named();
    if (again) this.#page.focus("h1");
  }

  close() {
    removeEventListener("popstate", this.#popped);
    this.search?.close();
    this.picker?.close();
    this.#page.close();
  }

  /** All steps but the first, and the parts they are made of. Loaded once; what failed may be tried again. */
  load() {
    this.#rest ??= import("./later.js")
      .then(({ extend }) => extend(this, store.draft.read() ?? {}, this.#booked))
      .catch(() => {
        this.#rest = null;
        throw new ApiError({ code: "unreachable" });
      });
    return this.#rest;
  }

  /** How the parts of the form say what was typed. What was wrong at these paths is forgiven. */
  set = (values) => {
    Object.assign(this.form.values, values);
    for (const path of Object.keys(values)) delete this.form.errors[path];
    this.keep();
    this.load().catch(() => {}); // it is said when somebody goes on
    this.draw();
  };

  keep = () => {
    const { key, sent } = this.booker?.request ?? {};
    store.draft.write({ values: this.form.values, names: this.uploads?.names ?? [], key, sent });
  };

  draw = () => this.#page.draw();

  /** Open a step by its id, or the first before it that is not done; the focus goes to its heading, to what is wrong in it, or to `at` (a selector). */
  go = (id, at) => {
    const step = this.steps[Math.min(STEPS.indexOf(id), this.#undone)];
    if (location.hash !== `#${step.id}`) history.pushState(null, "", `${location.pathname}#${step.id}`);
    this.#show(step, at);
  };

  /** Open a step in order to change it, and nothing else. */
  change = (id, at) => {
    this.#changing = true;
    this.go(id, at);
  };

  async readCatalogue() {
    this.catalogue = await call("GET", "/catalogue").catch(() => this.catalogue);
  }

  #show(step, at) {
    this.#page.change({ step, failure: null });
    this.#named();
    this.#page.focus(at ?? (this.#wrongIn(step).length ? "#errors" : "h1"));
  }

  /** The paths of a step at which something is wrong. */
  #wrongIn = (step) => Object.keys(this.form.errors).filter((path) => step.owns(path, this.form));

  #fromAddress() {
    const wanted = Math.max(0, STEPS.findIndex((id) => `#${id}` === location.hash));
    return this.steps[Math.min(wanted, this.#undone)];
  }

  /** The number of the first step that is not done; of the last, if all are. */
  get #undone() {
    const found = this.steps.findIndex(({ check }) => Object.keys(check(this.form, this.catalogue)).length);
    return found === -1 ? this.steps.length - 1 : found;
  }

  #named() {
    const { step } = this.#page.state;
    document.title = t("site.windowTitle", { step: t(`site.steps.${step.id}`), clinic: this.catalogue.clinic.name });
  }

  #shown(state) {
    if (state.ready) return this.#view(state);
    return state.error ? failed(state.error, () => this.start()) : loading();
  }

  #view({ step, busy, failure }) {
    const { values, errors } = this.form;
    const number = STEPS.indexOf(step.id) + 1;
    const own = { values, errors: Object.fromEntries(this.#wrongIn(step).map((path) => [path, errors[path]])) };
    return html`
      <form class="step" novalidate @submit=${this.#submitted}>
        <p class="progress" id="progress">${t("site.progress", { number, count: STEPS.length })}
          <progress max=${STEPS.length} value=${number} aria-labelledby="progress"></progress></p>
        <h1 tabindex="-1">${t(`site.steps.${step.id}`)}</h1>
        ${errorSummary(own, undefined, (path) => this.fieldName(path, own))}
        ${this.#elsewhere(step)}
        ${step.view(this)}
        ${message("error", failure)}
        <div class="row forth">
          ${button(step.last ? t("site.book") : t("common.next"), null, { type: "submit", busy })}
          ${number > 1 ? button(t("common.back"), () => this.go(STEPS[number - 2]), { look: "plain" }) : nothing}
        </div>
      </form>
    `;
  }

  /** The other steps in which something is wrong. */
  #elsewhere(step) {
    return this.steps
      .filter((other) => other !== step && this.#wrongIn(other).length)
      .map(({ id }) => html`
        <p class="message error">${t("site.errorsElsewhere", { step: t(`site.steps.${id}`) })}
          ${button(t("site.toStep"), () => this.go(id), { look: "link" })}</p>
      `);
  }

  #submitted = async (event) => {
    event.preventDefault();
    const { step, busy } = this.#page.state;
    if (busy) return;
    for (const path of this.#wrongIn(step)) delete this.form.errors[path];
    const wrong = step.check(this.form, this.catalogue);
    Object.assign(this.form.errors, wrong);
    if (Object.keys(wrong).length) {
      this.#page.focus("#errors");
      return;
    }
    this.#page.change({ busy: true, failure: null });
    const failure = await (step.last ? this.booker.book() : this.#forth(step)).catch(errorText);
    this.#page.change(failure ? { busy: false, failure } : { busy: false });
  };

  async #forth(step) {
    await this.load();
    const to = this.#changing ? this.#toMend(step) : STEPS.indexOf(step.id) + 1;
    this.#changing &&= to !== STEPS.length - 1;
    this.go(STEPS[to]);
  }

  /** The number of another step in which something is wrong or left out; else of the last. */
  #toMend(step) {
    const wrong = this.steps.findIndex((other) => this.#wrongIn(other).length);
    return wrong === -1 ? Math.max(STEPS.indexOf(step.id) + 1, this.#undone) : wrong;
  }
}
