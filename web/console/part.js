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
  #take;
  #turn = 0; // an answer to what was asked before is too late: it may not know what was done since

  /** `ask()` promises an answer, `take(answer)` makes of it what is shown; `page` is drawn after every change. */
  constructor(page, ask, take = (answer) => answer) {
    this.#page = page;
    this.#ask = ask;
    this.#take = take;
    Object.assign(this, { value: null, error: null, busy: false });
  }

  async load() {
    const turn = ++this.#turn;
    this.busy = true;
    const [answer, error] = await this.#ask().then((answer) => [answer, null], (error) => [null, trouble(error)]);
    if (turn !== this.#turn) return;
    Object.assign(this, { error, busy: false });
    if (!error) this.value = this.#take(answer);
    this.#page.draw();
  }

  view(shown) {
    const { value, error } = this;
    const told = error ? failed(error, () => this.load()) : nothing;
    if (value === null) return error ? told : loading();
    return html`${told} ${shown(value)}`;
  }
}
