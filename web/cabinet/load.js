/** What a view waits for: loading, failed, there; and what a button does: once at a time, under a key. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, newKey } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import { t } from "../shared/texts.js";
import { button, errorText, failed, loading, message } from "../shared/ui.js";

/** Ask for what stands in `state[name]` as `{ value }` or `{ error }`; an old value stays while it is asked for. */
export async function load(page, name, asked) {
  try {
    page.change({ [name]: { value: await asked() } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    page.change({ [name]: { value: page.state[name]?.value, error } });
  }
}

/** The view of what was asked for. */
export function shown(part, again, view) {
  if (part?.value === undefined) return part?.error ? failed(part.error, again) : loading();
  return html`${part.error ? failed(part.error, again) : nothing}${view(part.value)}`;
}

/** A list that comes in pages. `ask(cursor)` promises `{ items, next }`. */
export class Pages {
  items = null;
  #next = null;
  #page;
  #ask;
  #busy = false;
  #error = null;

  constructor(page, ask) {
    this.#page = page;
    this.#ask = ask;
  }

  /** From the beginning. */
  async load() {
    this.#next = null;
    await this.#more([]);
  }

  async #more(before) {
    this.#busy = true;
    this.#error = null;
    this.#page.draw();
    try {
      const { items, next } = await this.#ask(this.#next);
      this.items = [...before, ...items];
      this.#next = next;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#error = error;
    } finally {
      this.#busy = false;
      this.#page.draw();
    }
  }

  /** `view(items)`; `empty`: what an empty list says. */
  show(view, empty) {
    const again = () => this.#more(this.items ?? []);
    if (this.items === null) return this.#error ? failed(this.#error, again) : loading();
    return html`
      ${this.items.length ? view(this.items) : empty}
      ${this.#error ? failed(this.#error, again) : nothing}
      ${this.#next && !this.#error ? button(t("common.more"), again, { look: "plain", busy: this.#busy }) : nothing}
    `;
  }
}

/** The query of a page of a list. */
export const from = (cursor) => (cursor ? `?cursor=${encodeURIComponent(cursor)}` : "");

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

  /** The answer, or null where it failed: `error` says why then. */
  async run(body = {}) {
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
      return answer ?? {};
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.unanswered) this.#key = null;
      this.error = error;
      return null;
    } finally {
      this.busy = false;
      this.#page.draw();
    }
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
