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

  /** `load(cursor)` promises `{ rows, next }`; `page` is drawn after every change. */
  constructor(page, load) {
    this.#page = page;
    this.#load = load;
    Object.assign(this, { rows: null, next: null, busy: false, error: null });
  }

  /** Go on in another page, when the list is shown again. */
  drawOn(page) {
    this.#page = page;
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

  async more() {
    this.#further = true;
    const shown = this.rows.length;
    await this.#ask(this.next, (rows) => [...this.rows, ...rows]);
    if (this.rows.length > shown) this.#page.focus(`tbody tr:nth-child(${shown + 1}) a`);
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
      ${next && !error ? button(t("common.more"), () => this.more(), { busy, look: "plain" }) : nothing}
    `;
  }
}

/** A cursor as a part of an address. */
export const after = (cursor) => (cursor ? `?cursor=${encodeURIComponent(cursor)}` : "");
