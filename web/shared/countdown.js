/** The time that is left; loaded where something ends. */

import { html } from "../vendor/lit-html/lit-html.js";
import { ref } from "../vendor/lit-html/directives/ref.js";
import { now } from "./api.js";
import { clock } from "./format.js";
import { t } from "./texts.js";

/**
 * The time that is left until a moment (ISO 8601), by the second. It is read out at 10, 5 and 1 minutes only; `over` is
 * called when nothing is left.
 */
export class Countdown {
  #until = null;
  #over;
  #timer = null;
  #element = null;
  #spoken = null;

  constructor(over) {
    this.#over = over;
  }

  show(until) {
    this.#until = Date.parse(until);
    return html`
      <span class="countdown" aria-hidden="true" ${ref((element) => this.#start(element))}></span>
      <span class="unseen" role="status" ${ref((element) => { this.#spoken = element ?? null; })}></span>
    `;
  }

  #start(element) {
    clearInterval(this.#timer);
    this.#element = element ?? null;
    if (!element) return;
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  #tick() {
    const left = this.#until - now();
    if (this.#element) this.#element.textContent = clock(left);
    const minutes = Math.ceil(left / 60_000);
    if (this.#spoken && [10, 5, 1].includes(minutes)) {
      const words = t("common.minutesLeft", { count: minutes });
      if (this.#spoken.textContent !== words) this.#spoken.textContent = words;
    }
    if (left > 0) return;
    clearInterval(this.#timer);
    this.#over();
  }
}
