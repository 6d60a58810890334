/** The window over a section, one at a time; closed, the focus is where it was before. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";
import { button, dialog } from "../shared/ui.js";

export class Dialogs {
  #page;
  #open = null;
  #opener = null;

  constructor(page) {
    this.#page = page;
  }

  /** `content()` gives what stands in the window, drawn again with the page. */
  open(title, content) {
    this.#opener = document.activeElement;
    this.#open = { title, content };
    this.#page.draw();
  }

  close = () => {
    if (!this.#open) return;
    this.#open = null;
    const opener = this.#opener;
    this.#page.afterDraw(() => opener?.isConnected && opener.focus());
  };

  view() {
    return this.#open ? dialog(this.#open.title, this.#open.content(), this.close) : nothing;
  }

  /** Ask before what cannot be undone. `deed` is run by `act`; the window goes when it was done. */
  confirm(title, words, { yes, deed, act, look = "danger", more = () => nothing }) {
    deed.error = null;
    this.open(title, () => html`
      ${words}
      ${more()}
      ${deed.told("why", "amount")}
      <div class="row">
        ${button(yes, async () => (await act()) && this.close(), { look, busy: deed.busy })}
        ${button(t("cabinet.no"), this.close, { look: "plain" })}
      </div>
    `);
  }
}
