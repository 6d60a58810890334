/** What a view waits for: loading, failed, there; a whole or in pages. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "../shared/api.js";
import { t } from "../shared/texts.js";
import { button, failed, loading } from "../shared/ui.js";

const cut = new Set(); // what the end of the session cut off

/** Have something done when the holder is back, if it failed for that alone. */
export function whenBack(error, act) {
  if (error.status === 401) cut.add(act);
}

/** The holder is back. */
export function resume() {
  const acts = [...cut];
  cut.clear();
  for (const act of acts) act();
}

/** Somebody else is there, or another section. */
export const forget = () => cut.clear();

/** Ask for what stands in `state[name]` as `{ value }` or `{ error }`; an old value stays while it is asked for. */
export async function load(page, name, asked) {
  try {
    page.change({ [name]: { value: await asked() } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    page.change({ [name]: { value: page.state[name]?.value, error } });
    whenBack(error, () => load(page, name, asked));
  }
}

/** A module that is loaded when it is used (`import(…)`); one that did not come is no connection. */
export const part = (module) =>
  module.catch(() => {
    throw new ApiError({ code: "unreachable" });
  });

/** The view of what was asked for. */
export function shown(part, again, view) {
  if (part?.value === undefined) return part?.error ? failed(part.error, again) : loading();
  return html`${part.error ? failed(part.error, again) : nothing}${view(part.value)}`;
}

/** A list that comes in pages. `ask(cursor)` promises `{ items, next }`. */
export class Pages {
  items = null;
  #next = null; // the cursor of the page that is still to come
  #page;
  #ask;
  #turn = 0; // counts what was asked for: of an answer that was overtaken nothing is shown
  #busy = false;
  #failed = null; // { error, again }

  constructor(page, ask) {
    this.#page = page;
    this.#ask = ask;
  }

  /** From the beginning. */
  load() {
    return this.#get(null);
  }

  /** The page at a cursor, null: the first, in place of all that is there. */
  async #get(cursor) {
    const mine = (this.#turn += 1);
    this.#busy = true;
    this.#failed = null;
    this.#page.draw();
    try {
      const { items, next } = await this.#ask(cursor);
      if (mine !== this.#turn) return;
      this.items = cursor === null ? items : [...this.items, ...items];
      this.#next = next;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === this.#turn) this.#fails(error, () => this.#get(cursor));
    } finally {
      if (mine === this.#turn) {
        this.#busy = false;
        this.#page.draw();
      }
    }
  }

  #fails(error, again) {
    this.#failed = { error, again };
    whenBack(error, again);
  }

  /** `view(items)`; `empty`: what an empty list says. */
  show(view, empty) {
    const fault = this.#failed ? failed(this.#failed.error, this.#failed.again) : nothing;
    if (this.items === null) return this.#failed ? fault : loading();
    return html`
      ${this.items.length ? view(this.items) : empty}
      ${fault}
      ${this.#next && !this.#failed ? button(t("common.more"), () => this.#get(this.#next), { look: "plain", busy: this.#busy }) : nothing}
    `;
  }
}

/** The query of a page of a list. */
export const from = (cursor) => (cursor ? `?cursor=${encodeURIComponent(cursor)}` : "");
