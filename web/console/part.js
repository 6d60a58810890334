/** A part of a page that is loaded by itself, and may fail alone. What is shown stays until the newer is there. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "../shared/api.js";
import { failed, loading } from "../shared/ui.js";

/** What went wrong, for people. What is not the API's is a mistake of ours: it is told in general, and goes on. */
export function trouble(error) {
  if (error instanceof ApiError) return error;
  reportError(error);
  return new ApiError({ code: "failed" });
}

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
      this.error = trouble(error);
    } finally {
      this.busy = false;
      this.#page.draw();
    }
  }

  view(shown) {
    const { value, error } = this;
    const told = error ? failed(error, () => this.load()) : nothing;
    if (value === null) return error ? told : loading();
    return html`${told} ${shown(value)}`;
  }
}
