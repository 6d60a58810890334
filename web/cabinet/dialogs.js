/** The window over a section, one at a time. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dialog } from "../shared/dialog.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";

export class Dialogs {
  #page;
  #open = null; // { title, content, busy }

  constructor(page) {
    this.#page = page;
  }

  /** `content()` gives what stands in the window, drawn again with the page. */
  open(title, content) {
    this.#open = { title, content, busy: false };
    this.#page.draw();
  }

  /** Not while something is being done in it, which would go on all the same and tell nobody how it ended. */
  close = () => {
    if (this.#open?.busy) return;
    this.#open = null;
    this.#page.draw();
  };

  view() {
    return this.#open ? dialog(this.#open.title, this.#open.content(), this.close) : nothing;
  }

  /**
   * Ask before what cannot be undone. `act` promises what `deed` was answered. Then the window goes, and `done(answer)`
   * does what follows, such as loading anew; `refused()` where it failed, with the window still there to say why.
   */
  confirm(title, words, { yes, deed, act, done = () => {}, refused = () => {}, look = "danger", more = () => nothing, paths = [] }) {
    deed.error = null;
    this.open(title, () => html`
      ${words}
      ${more()}
      ${deed.told(...paths)}
      <div class="row">
        ${button(yes, () => this.#do(act, done, refused), { look, busy: this.#open.busy })}
        ${button(t("cabinet.no"), this.close, { look: "plain", disabled: this.#open.busy })}
      </div>
    `);
  }

  async #do(act, done, refused) {
    const mine = this.#open;
    if (mine.busy) return;
    mine.busy = true;
    let answer = null;
    try {
      answer = await act();
    } finally {
      mine.busy = false;
      this.#page.draw();
    }
    if (answer && this.#open === mine) this.close();
    await (answer ? done(answer) : refused());
  }
}
