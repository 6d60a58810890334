/**
 * Fields of forms. Each stands under the path that the API names it by ("holder.phone"), so an error that the API tells
 * stands at its field, and a screen reader tells it with the field.
 *
 * A form is `{ values, errors }`: what was typed by path, and what is wrong with it by path.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { t } from "./texts.js";

/** The id of the element that stands at a path: what an error leads to. */
export const fieldId = (path) => `f-${path.replaceAll(/[^\w-]/g, "-")}`;
const id = fieldId;

/** What the API said of the fields, by path. Of several errors of one field the first is shown. */
export function errorsByPath(fields) {
  const found = {};
  for (const { path, message } of fields) found[path] ??= message;
  return found;
}

/** Which of these a screen reader tells with the field. */
export const described = (path, hint, error) =>
  [error && `${id(path)}-error`, hint && `${id(path)}-hint`].filter(Boolean).join(" ") || nothing;

/** What stands below a field: its hint, and what is wrong with it. */
export const below = (path, hint, error) => html`
  ${hint ? html`<p class="hint" id="${id(path)}-hint">${hint}</p>` : nothing}
  ${error ? html`<p class="error" id="${id(path)}-error">${error}</p>` : nothing}
`;

const needed = (required) => (required ? nothing : html` <span class="optional">${t("common.optional")}</span>`);

/**
 * A line of text. `changed(value)` hears of every letter.
 *
 * `options`: type, hint, autocomplete, inputmode, required (true), maxlength, placeholder, disabled.
 */
export function textField(form, path, label, changed, options = {}) {
  const { type = "text", hint, autocomplete = "off", inputmode, required = true, maxlength, placeholder, disabled } = options;
  const error = form.errors[path];
  return html`
    <div class="field" ?data-wrong=${error}>
      <label for=${id(path)}>${label}${needed(required)}</label>
      <input id=${id(path)} name=${path} type=${type} .value=${live(form.values[path] ?? "")}
        autocomplete=${autocomplete} inputmode=${inputmode ?? nothing} maxlength=${maxlength ?? nothing}
        placeholder=${placeholder ?? nothing} ?disabled=${disabled} aria-required=${required ? "true" : nothing}
        aria-invalid=${error ? "true" : nothing} aria-describedby=${described(path, hint, error)}
        @input=${(event) => changed(event.target.value)} />
      ${below(path, hint, error)}
    </div>
  `;
}

/** Several lines; how many letters are left is said from the last hundred on. */
export function longField(form, path, label, changed, options = {}) {
  const { hint, required = true, maxlength, rows = 4 } = options;
  const error = form.errors[path];
  const value = form.values[path] ?? "";
  const left = maxlength ? maxlength - value.length : Infinity;
  return html`
    <div class="field" ?data-wrong=${error}>
      <label for=${id(path)}>${label}${needed(required)}</label>
      <textarea id=${id(path)} name=${path} rows=${rows} maxlength=${maxlength ?? nothing} .value=${live(value)}
        aria-required=${required ? "true" : nothing} aria-invalid=${error ? "true" : nothing}
        aria-describedby=${described(path, hint, error)} @input=${(event) => changed(event.target.value)}></textarea>
      ${left < 100 ? html`<p class="hint" role="status">${t("common.lettersLeft", { count: left })}</p>` : nothing}
      ${below(path, hint, error)}
    </div>
  `;
}

/** One of a list, folded away. `choices`: [[value, words], …]; `empty`: the words of nothing chosen. */
export function selectField(form, path, label, choices, changed, options = {}) {
  const { hint, required = true, empty } = options;
  const error = form.errors[path];
  const value = form.values[path] ?? "";
  return html`
    <div class="field" ?data-wrong=${error}>
      <label for=${id(path)}>${label}${needed(required)}</label>
      <select id=${id(path)} name=${path} aria-required=${required ? "true" : nothing}
        aria-invalid=${error ? "true" : nothing} aria-describedby=${described(path, hint, error)}
        @change=${(event) => changed(event.target.value)}>
        ${empty === undefined ? nothing : html`<option value="" ?selected=${value === ""}>${empty}</option>`}
        ${choices.map(([each, words]) => html`<option value=${each} ?selected=${each === value}>${words}</option>`)}
      </select>
      ${below(path, hint, error)}
    </div>
  `;
}

/** One of a few, all in sight. `choices`: [[value, words, more?], …]. */
export function radioField(form, path, label, choices, changed, options = {}) {
  const { hint, required = true, compact = false } = options;
  const error = form.errors[path];
  return html`
    <fieldset class="field ${compact ? "compact" : ""}" ?data-wrong=${error} id=${id(path)} tabindex="-1"
      aria-describedby=${described(path, hint, error)} role="radiogroup" aria-required=${required ? "true" : nothing}>
      <legend>${label}${needed(required)}</legend>
      <div class="choices">
        ${choices.map(
          ([value, words, more]) => html`
            <label class="choice">
              <input type="radio" name=${path} value=${value} .checked=${live(form.values[path] === value)}
                aria-invalid=${error ? "true" : nothing} @change=${() => changed(value)} />
              <span>${words}${more ? html`<small>${more}</small>` : nothing}</span>
            </label>
          `,
        )}
      </div>
      ${below(path, hint, error)}
    </fieldset>
  `;
}

/** A tick. `words` may hold a link or a button. */
export function tickField(form, path, words, changed, options = {}) {
  const { hint, required = true } = options;
  const error = form.errors[path];
  return html`
    <div class="field tick" ?data-wrong=${error}>
      <label class="choice">
        <input id=${id(path)} name=${path} type="checkbox" .checked=${live(form.values[path] === true)}
          aria-required=${required ? "true" : nothing} aria-invalid=${error ? "true" : nothing}
          aria-describedby=${described(path, hint, error)} @change=${(event) => changed(event.target.checked)} />
        <span>${words}${needed(required)}</span>
      </label>
      ${below(path, hint, error)}
    </div>
  `;
}

/**
 * All errors at once, each a way to its field; the focus goes here when a form was refused. `named(path)`: what a field
 * is called, where its error alone would not say which one is meant.
 */
export function errorSummary(form, title = t("common.checkFields"), named = () => null) {
  const wrong = Object.entries(form.errors);
  if (!wrong.length) return nothing;
  return html`
    <div class="summary" role="alert" tabindex="-1" id="errors">
      <h2>${title}</h2>
      <ul>
        ${wrong.map(
          ([path, message]) => html`
            <li><a href="#${id(path)}" @click=${(event) => toField(event, path)}>${[named(path), message].filter(Boolean).join(": ")}</a></li>
          `,
        )}
      </ul>
    </div>
  `;
}

function toField(event, path) {
  event.preventDefault(); // the address stays, whether there is such a field or not
  const field = document.getElementById(id(path));
  if (!field) return;
  field.focus();
  field.scrollIntoView({ block: "center" });
}
