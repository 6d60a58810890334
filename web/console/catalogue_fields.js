/** Fields of the catalogue's draft. Each stands at the path that the API names it by, and writes there. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { below, described, fieldId, longField, selectField, textField } from "../shared/fields.js";
import { kopecks } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { draft } from "./catalogue_draft.js";

const shown = (path, value) => ({ values: { [path]: value ?? "" }, errors: draft.errors });
const write = (path, needed) => (typed) => draft.set(path, typed === "" && !needed ? undefined : typed);

/** A line of text; left empty, it is not there, unless it is needed. */
export const text = (path, label, options = {}) =>
  textField(shown(path, draft.get(path)), path, label, write(path, options.required ?? true), options);

export const long = (path, label, options) => longField(shown(path, draft.get(path)), path, label, write(path, true), options);

export const select = (path, label, choices, options) => selectField(shown(path, draft.get(path)), path, label, choices, write(path, true), options);

/** A number as the document has it. What is none goes to the API as it was typed: it says so at the field. */
export const number = (path, label, options = {}) =>
  textField(shown(path, String(draft.get(path) ?? "")), path, label, (typed) => write(path, options.required ?? true)(/^\d{1,9}$/.test(typed) ? Number(typed) : typed), { inputmode: "numeric", ...options });

/** Kopecks, typed as roubles. */
export function roubles(path, label, options) {
  const value = draft.get(path);
  const typed = draft.typed.get(path);
  const words = typeof value !== "number" ? value : kopecks(typed ?? "") === value ? typed : String(value / 100).replace(".", ",");
  const changed = (entered) => {
    draft.typed.set(path, entered);
    draft.set(path, kopecks(entered) ?? entered);
  };
  return textField(shown(path, words), path, label, changed, { inputmode: "decimal", ...options });
}

export const date = (path, label, options = {}) => text(path, label, { type: "date", ...options });

/** A clock's time; «9:30» is what somebody may type for 09:30. */
export const time = (path, label) => html`
  <div class="clock-field" @change=${() => { const typed = draft.get(path); if (/^\d:\d\d$/.test(typed ?? "")) draft.set(path, `0${typed}`); }}>
    ${text(path, label, { placeholder: "09:00", maxlength: 5 })}
  </div>
`;

/** The first of what is wrong at a path, or within it. */
export const errorWithin = (path) => Object.entries(draft.errors).find(([each]) => each === path || each.startsWith(`${path}.`))?.[1];

/** Some of a few, which the document lists; what it lists besides can be taken out. `choices`: [[value, words], …]. */
export function several(path, label, choices, options = {}) {
  const chosen = draft.list(path);
  const known = choices.map(([value]) => value);
  const others = chosen.filter((each) => !known.includes(each)).map((each) => [each, String(each)]);
  const order = [...choices, ...others].map(([value]) => value);
  const changed = (value, on) => draft.set(path, order.filter((each) => (each === value ? on : chosen.includes(each))));
  const all = [...choices, ...others].map(([value, words]) => [value, words, chosen.includes(value)]);
  return ticks(path, label, all, changed, options);
}

/**
 * Ticks in one frame. `choices`: [[value, words, on], …]; `changed(value, on)`. With `usual`, the words of the others,
 * what is neither among these values nor on is folded away.
 */
export function ticks(path, label, choices, changed, { hint, usual, others } = {}) {
  const error = errorWithin(path);
  const inSight = ([value, , on]) => !usual || on || usual.includes(value);
  const folded = choices.filter((each) => !inSight(each));
  const tick = ([value, words, on]) => html`
    <label class="choice">
      <input type="checkbox" name=${path} value=${value} .checked=${live(on)} @change=${(event) => changed(value, event.target.checked)} />
      <span>${words}</span>
    </label>
  `;
  return html`
    <fieldset class="field compact" ?data-wrong=${error} id=${fieldId(path)} tabindex="-1" aria-describedby=${described(path, hint, error)}>
      <legend>${label}</legend>
      <div class="choices">${choices.filter(inSight).map(tick)}</div>
      ${folded.length ? html`<details><summary>${others}</summary><div class="choices">${folded.map(tick)}</div></details>` : nothing}
      ${below(path, hint, error)}
    </fieldset>
  `;
}

/**
 * A list of parts, each with its fields, and a way to add one and to take one out.
 *
 * `part(path, index)`: the fields of one; `fresh()`: what a new one begins with; `name`: its texts below `catalogue.parts`.
 */
export function parts(path, name, part, fresh, { least = 0 } = {}) {
  const list = draft.list(path);
  const own = draft.errors[path];
  return html`
    <div class="parts" id=${fieldId(path)} tabindex="-1">
      ${below(path, null, own)}
      ${list.length ? nothing : html`<p class="quiet">${t(`catalogue.parts.${name}.none`)}</p>`}
      ${list.map((_, index) => partView(path, index, name, part, list.length > least))}
      ${button(t(`catalogue.parts.${name}.add`), (event) => added(event, path, fresh()), { look: "plain" })}
    </div>
  `;
}

const partView = (path, index, name, part, mayGo) => html`
  <fieldset class="part" id=${fieldId(`${path}.${index}`)} tabindex="-1">
    <legend>${t(`catalogue.parts.${name}.one`, { number: index + 1 })}</legend>
    ${below(`${path}.${index}`, null, draft.errors[`${path}.${index}`])}
    ${part(`${path}.${index}`, index)}
    ${mayGo ? button(t(`catalogue.parts.${name}.remove`, { number: index + 1 }), (event) => removed(event, path, index), { look: "danger" }) : nothing}
  </fieldset>
`;

function added(event, path, value) {
  const place = event.target.closest(".parts");
  draft.add(path, value);
  setTimeout(() => place.querySelector("fieldset.part:last-of-type :is(input, select)")?.focus());
}

function removed(event, path, index) {
  const place = event.target.closest(".parts");
  draft.remove(path, index);
  setTimeout(() => place.querySelector(":scope > button")?.focus());
}
