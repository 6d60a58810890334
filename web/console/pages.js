/** A list that comes page by page: loading, empty, failed with another try, and more. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";
import { button, failed, loading } from "../shared/ui.js";
import { trouble } from "./part.js";

export class Pages {
  #page;
  #load;
  #further = false;
  #turn = 0; // an answer to what was asked before is too late
  #list = null; // the element whose lines the rows are, once more of them were asked for

  /** `load(cursor)` promises `{ rows, next }`; `page` is drawn after every change. */
  constructor(page, load) {
    this.#page = page;
    this.#load = load;
    Object.assign(this, { rows: null, next: null, busy: false, error: null });
  }

  /** Load from the beginning. What is shown stays until the new is there; a failure does not take it away. */
  async load() {
    this.#further = false;
    await this.#ask(null, (rows) => rows);
  }

  /** Load the beginning again, unless somebody has gone on from it or is asking already. */
  async refresh() {
    if (!this.busy && !this.#further) await this.load();
  }

  /** `list`: what stands before the button that was pressed. */
  async more(list = this.#list) {
    this.#further = true;
    this.#list = list;
    const before = this.#lines.length;
    await this.#ask(this.next, (rows) => [...this.rows, ...rows]);
    if (!this.error) this.#page.focus(() => this.#firstOf(before));
  }

  get #lines() {
    return [...(this.#list.tBodies?.[0] ?? this.#list).children];
  }

  /** The first of the new rows; where all of them went into the last line, as readings do, that one. */
  #firstOf(before) {
    const row = this.#lines[before] ?? this.#lines.at(-1);
    return row?.querySelector("a") ?? row;
  }

  async #ask(cursor, joined) {
    const turn = ++this.#turn;
    Object.assign(this, { busy: true, error: null });
    this.#page.draw();
    try {
      const { rows, next } = await this.#load(cursor);
      if (turn === this.#turn) Object.assign(this, { rows: joined(rows), next });
    } catch (error) {
      if (turn === this.#turn) this.error = trouble(error);
    } finally {
      if (turn === this.#turn) this.busy = false;
      this.#page.draw();
    }
  }

  /** `shown(rows)`: the template of some rows; `empty`: the words of none. */
  view(shown, empty) {
    const { rows, error, busy, next } = this;
    if (!rows) return error ? failed(error, () => this.load()) : loading();
    return html`
      ${error ? failed(error, () => (next ? this.more() : this.load())) : nothing}
      ${rows.length || next ? shown(rows) : html`<p class="quiet">${empty}</p>`}
      ${next && !error ? button(t("common.more"), ({ currentTarget }) => this.more(currentTarget.previousElementSibling), { busy, look: "plain" }) : nothing}
    `;
  }
}

/** A cursor as a part of an address; `more`: what else is asked there. */
export function after(cursor, more = {}) {
  const asked = String(new URLSearchParams({ ...more, ...(cursor && { cursor }) }));
  return asked && `?${asked}`;
}
