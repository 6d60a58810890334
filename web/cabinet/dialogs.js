/** The window over a section, one at a time. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";
import { button, dialog } from "../shared/ui.js";

export class Dialogs {
  #page;
  #open = null;

  constructor(page) {
    this.#page = page;
  }

  /** `content()` gives what stands in the window, drawn again with the page. */
  open(title, content) {
    this.#open = { title, content };
    this.#page.draw();
  }

  close = () => {
    this.#open = null;
    this.#page.draw();
  };

  view() {
    return this.#open ? dialog(this.#open.title, this.#open.content(), this.close) : nothing;
  }

  /** Ask before what cannot be undone. `act` promises what `deed` was answered; the window goes when it was done. */
  confirm(title, words, { yes, deed, act, look = "danger", more = () => nothing, paths = [] }) {
    deed.error = null;
    this.open(title, () => html`
      ${words}
      ${more()}
      ${deed.told(...paths)}
      <div class="row">
        ${button(yes, async () => (await act()) && this.close(), { look, busy: deed.busy })}
        ${button(t("cabinet.no"), this.close, { look: "plain" })}
      </div>
    `);
  }
}
