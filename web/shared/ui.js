/** What every page shows in one way: buttons that are busy, messages, what is being loaded. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
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

/** A second Escape closes a window whatever the page says, and so does its leaving the page: what is still drawn opens. */
export function reopen(dialog) {
  if (!dialog.isConnected || dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  dialog.showModal();
}

/** Names and values, one below the other. `rows`: [[name, value], …]; a row without a value is left out. */
export const facts = (rows) => html`
  <dl class="facts">
    ${rows
      .filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== nothing)
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`;
