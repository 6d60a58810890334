/** The form in steps. Which step is open stands in the address's fragment, so that the browser's own «back» goes back. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { errorSummary } from "../shared/fields.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
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
    this.#page = new Page(root, { step: first, busy: false, failure: null }, (state) => this.#view(state));
    addEventListener("popstate", this.#popped);
  }

  /** Open the step of the address, as far as all before it is done. */
  async start() {
    if (store.draft.read()) await this.load();
    this.#page.change({ step: this.#fromAddress() });
    this.#named();
  }

  close() {
    removeEventListener("popstate", this.#popped);
    this.search?.close();
    this.picker?.close();
  }

  /** All steps but the first, and the parts they are made of. Loaded once; what failed may be tried again. */
  load() {
    this.#rest ??= import("./later.js")
      .then(({ extend }) => extend(this, store.draft.read() ?? {}, this.#booked))
      .catch(() => {
        this.#rest = null;
        throw new Error(t("errors.unreachable"));
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

  /** Open a step by its id; the focus goes to its heading, to what is wrong in it, or to `at` (a selector). */
  go = (id, at) => {
    if (location.hash !== `#${id}`) history.pushState(null, "", `${location.pathname}#${id}`);
    this.#show(this.steps.find((step) => step.id === id), at);
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
    this.#page.focus(at ?? (Object.keys(this.form.errors).some(step.owns) ? "#errors" : "h1"));
  }

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

  #view({ step, busy, failure }) {
    const { values, errors } = this.form;
    const number = STEPS.indexOf(step.id) + 1;
    const own = { values, errors: Object.fromEntries(Object.entries(errors).filter(([path]) => step.owns(path))) };
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
    const paths = Object.keys(this.form.errors);
    return this.steps
      .filter((other) => other !== step && paths.some(other.owns))
      .map(({ id }) => html`
        <p class="message error">${t("site.errorsElsewhere", { step: t(`site.steps.${id}`) })}
          ${button(t("site.toStep"), () => this.go(id), { look: "link" })}</p>
      `);
  }

  #submitted = async (event) => {
    event.preventDefault();
    const { step, busy } = this.#page.state;
    if (busy) return;
    this.form.errors = step.check(this.form, this.catalogue);
    if (Object.keys(this.form.errors).length) {
      this.#page.focus("#errors");
      return;
    }
    this.#page.change({ busy: true, failure: null });
    const failure = await (step.last ? this.booker.book() : this.#forth(step)).catch((error) => error.message);
    this.#page.change(failure ? { busy: false, failure } : { busy: false });
  };

  async #forth(step) {
    await this.load();
    const next = STEPS.indexOf(step.id) + 1;
    const to = this.#changing ? Math.max(next, this.#undone) : next;
    this.#changing &&= to !== STEPS.length - 1;
    this.go(STEPS[to]);
  }
}
