/** What a button does: once at a time, under a key; and what is asked again and again until it is there. */

import { nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, newKey } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import { errorText, message } from "../shared/ui.js";
import { whenBack } from "./load.js";

/**
 * Something that a button does. It is not done twice at once, and what was not answered is asked again under the key it
 * had, so that it is done once.
 */
export class Deed {
  busy = false;
  error = null;
  #page;
  #act;
  #key = null;
  #content = null;

  /** `act(body, key)` promises what was answered. */
  constructor(page, act) {
    this.#page = page;
    this.#act = act;
  }

  /** What a field of the form was refused for, by path. */
  get errors() {
    return errorsByPath(this.error?.fields ?? []);
  }

  /**
   * The answer, or null where it failed: `error` says why then. `after` promises what follows, such as loading anew;
   * until then it cannot be done again.
   */
  async run(body = {}, after = () => {}) {
    if (this.busy) return null;
    const content = JSON.stringify(body);
    if (content !== this.#content) this.#key = null;
    this.#content = content;
    this.#key ??= newKey();
    this.busy = true;
    this.error = null;
    this.#page.draw();
    try {
      const answer = await this.#act(body, this.#key);
      this.#key = null;
      await after();
      return answer ?? {};
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.unanswered) this.#key = null;
      this.error = error;
      whenBack(error, () => this.#forgive(error));
      return null;
    } finally {
      this.busy = false;
      this.#page.draw();
    }
  }

  /** Whoever is signed in again need not read that they were not. */
  #forgive(error) {
    if (this.error === error) this.error = null;
    this.#page.draw();
  }

  /** What went wrong, unless it stands at a field of the form (`paths`). */
  told(...paths) {
    if (!this.error || this.error.fields.some(({ path }) => paths.includes(path))) return nothing;
    const loose = this.error.fields.map((each) => each.message);
    return message("error", loose.length ? loose.join(" ") : errorText(this.error));
  }
}

/** Ask again and again with growing pauses, at once when the page comes into sight again, until `stop`. */
export class Asking {
  #ask;
  #wait;
  #timer = null;
  #first;
  #longest;
  #seen = () => document.visibilityState === "visible" && this.#timer !== null && this.#now();

  /** `ask()` promises whether to go on. Pauses in milliseconds. */
  constructor(ask, { first = 1500, longest = 30_000 } = {}) {
    this.#ask = ask;
    this.#first = first;
    this.#longest = longest;
    document.addEventListener("visibilitychange", this.#seen);
  }

  /** Begin, with the short pauses. */
  start() {
    this.#wait = this.#first;
    this.#later();
  }

  get running() {
    return this.#timer !== null;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  close() {
    this.stop();
    document.removeEventListener("visibilitychange", this.#seen);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(), this.#wait);
    this.#wait = Math.min(this.#wait * 1.5, this.#longest);
  }

  async #now() {
    clearTimeout(this.#timer);
    const mine = (this.#timer = setTimeout(() => {}, 0));
    const go = await this.#ask().catch((error) => {
      if (error instanceof ApiError) return true; // no answer is no end
      throw error;
    });
    if (this.#timer !== mine) return; // stopped or begun anew meanwhile
    if (go) this.#later();
    else this.#timer = null;
  }
}
