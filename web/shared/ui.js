/** What every page shows in one way: buttons that are busy, messages, windows, a countdown. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ref } from "../vendor/lit-html/directives/ref.js";
import { ApiError, now } from "./api.js";
import { clock } from "./format.js";
import { t, tryText } from "./texts.js";

/** What an error says to whoever reads the page. */
export function errorText(error) {
  if (error instanceof ApiError && error.message) return error.message; // any other's are the browser's, and English
  return tryText(`errors.${error.code}`) ?? t("errors.failed");
}

/** A button that cannot be pressed twice: while `busy` it says so. `look`: primary, plain, danger, link. */
export function button(words, pressed, { busy = false, disabled = false, look = "primary", type = "button", label } = {}) {
  return html`
    <button type=${type} class=${look} ?disabled=${disabled} aria-disabled=${busy ? "true" : nothing}
      aria-label=${label ?? nothing} @click=${(event) => !busy && pressed?.(event)}>
      ${busy ? html`<span class="spinner" aria-hidden="true"></span>${t("common.wait")}` : words}
    </button>
  `;
}

/** `kind`: error, done, warning or info. An error is read out at once, anything else when there is time. */
export function message(kind, words) {
  if (!words) return nothing;
  return html`<div class="message ${kind}" role=${kind === "error" ? "alert" : "status"}>${words}</div>`;
}

/** What is being loaded; for a slow line it says so. */
export const loading = (words = t("common.loading")) =>
  html`<p class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${words}</p>`;

/** Something that could not be loaded, and a way to try again. */
export const failed = (error, again) => html`
  <div class="message error" role="alert">
    <p>${errorText(error)}</p>
    ${again ? button(t("common.again"), again, { look: "plain" }) : nothing}
  </div>
`;

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

/** A second Escape closes a window whatever the page says, and so does its leaving the page: what is still drawn opens. */
export function reopen(dialog) {
  if (!dialog.isConnected || dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  dialog.showModal();
}

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

/** Names and values, one below the other. `rows`: [[name, value], …]; a row without a value is left out. */
export const facts = (rows) => html`
  <dl class="facts">
    ${rows
      .filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== nothing)
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`;
