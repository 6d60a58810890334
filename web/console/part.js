/** A part of a page that is loaded by itself, and may fail alone. What is shown stays until the newer is there. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { failed, loading } from "../shared/ui.js";

export class Part {
  #page;
  #ask;

  /** `ask()` promises what is shown; `page` is drawn after every change. */
  constructor(page, ask) {
    this.#page = page;
    this.#ask = ask;
    Object.assign(this, { value: null, error: null, busy: false });
  }

  async load() {
    this.busy = true;
    try {
      this.value = await this.#ask();
      this.error = null;
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
      this.#page.draw();
    }
  }

  view(shown) {
    const { value, error } = this;
    const trouble = error ? failed(error, () => this.load()) : nothing;
    if (value === null) return error ? trouble : loading();
    return html`${trouble} ${shown(value)}`;
  }
}
