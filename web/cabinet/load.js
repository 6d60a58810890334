/** What a view waits for: loading, failed, there; a whole or in pages. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "../shared/api.js";
import { t } from "../shared/texts.js";
import { button, failed, loading } from "../shared/ui.js";

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
