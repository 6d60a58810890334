/** A window over the page; loaded by whatever opens one. */

import { html } from "../vendor/lit-html/lit-html.js";
import { ref } from "../vendor/lit-html/directives/ref.js";
import { t } from "./texts.js";
import { reopen } from "./ui.js";

let opener = null;

/** One function for all windows, so that it is called when one comes and when it goes, not at every drawing. */
function shown(element) {
  if (element) opener = document.activeElement;
  // What is being drawn stands in the page only when that is done.
  queueMicrotask(() => {
    if (element?.isConnected && !element.open) element.showModal();
    if (!element && document.activeElement === document.body) (opener?.isConnected ? opener : document.querySelector("main"))?.focus();
  });
}

let beside = false; // where the button went down: text that is selected in a window may be let go beside it
const isBeside = ({ target, currentTarget }) => target === currentTarget;

/**
 * A window over the page: the focus stays in it, Escape closes it, and then the focus is where it was before. Where
 * `closed` leaves it drawn, it stays.
 */
export function dialog(title, content, closed) {
  return html`
    <dialog aria-labelledby="dialog-title" ${ref(shown)}
      @cancel=${(event) => { event.preventDefault(); closed(); }}
      @close=${({ target }) => { closed(); setTimeout(() => reopen(target)); }}
      @pointerdown=${(event) => { beside = isBeside(event); }}
      @click=${(event) => beside && isBeside(event) && closed()}>
      <div class="dialog">
        <header>
          <h2 id="dialog-title">${title}</h2>
          <button type="button" class="close" aria-label=${t("common.close")} @click=${closed}>×</button>
        </header>
        ${content}
      </div>
    </dialog>
  `;
}
