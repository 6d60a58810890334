/** The way of a draft into force: what changes is shown, what is wrong stands at its field, what others did is told. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dialog } from "../shared/dialog.js";
import { fieldId } from "../shared/fields.js";
import { t } from "../shared/texts.js";
import { button, errorText, failed, loading, message } from "../shared/ui.js";
import { draft } from "./catalogue_draft.js";
import { fieldWords, placeWords, valueWords } from "./catalogue_words.js";
import { table } from "./show.js";

/** What the sections of the catalogue share. `it`: { page, session, router, saved() }. */
export class Saving {
  constructor(it) {
    Object.assign(this, it, { problem: null, leaving: false });
    draft.showOn(() => this.page.draw());
  }

  async load() {
    this.problem = null;
    try {
      await draft.load(this.session);
    } catch (error) {
      this.problem = error;
    }
    this.page.draw();
  }

  /** `shown()`: the editor, once there is a document. */
  view(shown) {
    if (!draft.document) return this.problem ? failed(this.problem, () => this.load()) : loading();
    return html`
      ${this.problem ? failed(this.problem, () => this.load()) : nothing}
      ${this.#told()} ${this.#faults()} ${shown()} ${this.#bar()}
      ${draft.checking ? this.#check() : nothing} ${this.leaving ? this.#discard() : nothing}
    `;
  }

  #told() {
    const { saved, overtaken, error } = draft;
    return html`
      ${saved ? html`<div id="catalogue-saved" tabindex="-1">${message("done", t("catalogue.saved", { version: saved }))}</div>` : nothing}
      ${overtaken ? this.#overtaken(overtaken) : nothing}
      ${error && !error.fields.length ? html`<div id="catalogue-refused" tabindex="-1">${message("error", errorText(error))}</div>` : nothing}
    `;
  }

  #overtaken = ({ version, clashes }) => html`
    <div class="message warning" role="alert" id="catalogue-overtaken" tabindex="-1">
      <p>${t("catalogue.overtaken", { version })}</p>
      ${clashes.length
        ? html`
            <p>${t("catalogue.clashes")}</p>
            <ul>${clashes.map(({ path, before, after }) => html`<li>${placeWords(path)}, ${fieldWords(path)}: ${t("catalogue.clash", { theirs: valueWords(path, before), mine: valueWords(path, after) })}</li>`)}</ul>
          `
        : nothing}
    </div>
  `;

  /** All that is wrong, each a way to its field, wherever that is. */
  #faults() {
    const wrong = Object.entries(draft.errors);
    if (!wrong.length) return nothing;
    return html`
      <div class="summary" role="alert" tabindex="-1" id="errors">
        <h2>${t("common.checkFields")}</h2>
        <ul>
          ${wrong.map(([path, words]) => {
            const parts = path.split(".");
            return html`<li><a href=${placeOf(path)} @click=${(event) => this.#toFault(event, path)}>${placeWords(parts)}, ${fieldWords(parts)}: ${words}</a></li>`;
          })}
        </ul>
      </div>
    `;
  }

  #toFault(event, path) {
    event.preventDefault();
    const here = fieldAt(path);
    if (here) {
      here.focus();
      here.scrollIntoView({ block: "center" });
    } else this.router.go(...placeOf(path).split("/").filter(Boolean).slice(1));
  }

  #bar() {
    const count = draft.changes.length;
    if (!count) return nothing;
    return html`
      <div class="saving" role="region" aria-label=${t("catalogue.draft")}>
        <p role="status">${t("catalogue.unsaved", { count })}</p>
        <div class="row">
          ${button(t("catalogue.check"), () => this.#set({ checking: true }), { busy: draft.busy })}
          ${button(t("catalogue.discard"), () => { this.leaving = true; this.page.draw(); }, { look: "plain" })}
        </div>
      </div>
    `;
  }

  #set(parts) {
    Object.assign(draft, parts);
    this.page.draw();
  }

  #check() {
    const close = () => this.#set({ checking: false });
    return dialog(
      t("catalogue.checkTitle"),
      html`
        ${table(t("catalogue.checkTitle"), [
          [t("catalogue.columns.place"), ({ path }) => placeWords(path)],
          [t("catalogue.columns.field"), ({ path }) => fieldWords(path)],
          [t("catalogue.columns.before"), ({ path, before }) => html`<span class="preformatted">${valueWords(path, before)}</span>`],
          [t("catalogue.columns.after"), ({ path, after }) => html`<span class="preformatted">${valueWords(path, after)}</span>`],
        ], draft.changes)}
        <p class="quiet">${t("catalogue.checkWords")}</p>
        <div class="row">
          ${button(t("common.save"), () => this.#save(), { busy: draft.busy })}
          ${button(t("catalogue.goOn"), close, { look: "plain" })}
        </div>
      `,
      close,
    );
  }

  #discard() {
    const close = () => {
      this.leaving = false;
      this.page.draw();
    };
    return dialog(
      t("catalogue.discard"),
      html`
        <p>${t("catalogue.discardWords", { count: draft.changes.length })}</p>
        <div class="row">
          ${button(t("catalogue.discard"), () => { draft.discard(); close(); }, { look: "danger" })}
          ${button(t("catalogue.goOn"), close, { look: "plain" })}
        </div>
      `,
      close,
    );
  }

  async #save() {
    const saved = await draft.save(this.session);
    if (saved) this.saved?.();
    if (saved && draft.isDirty) return; // somebody types on
    this.page.focus(saved ? "#catalogue-saved" : draft.overtaken ? "#catalogue-overtaken" : "#errors, #catalogue-refused");
  }
}

/** The field at a path, or the nearest that holds it. */
function fieldAt(path) {
  for (let parts = path.split("."); parts.length > 1; parts.pop()) {
    const found = document.getElementById(fieldId(parts.join(".")));
    if (found) return found;
  }
  return document.getElementById(fieldId(path));
}

const TIMES = ["schedule", "days_off", "extra_days"];

/** Where the field of a path is edited. */
function placeOf(path) {
  const [list, key, field] = path.split(".");
  if (list === "doctors" && key !== undefined) return TIMES.includes(field) ? `/console/schedules/${draft.get(`doctors.${key}.id`)}` : `/console/catalogue/doctors/${key}`;
  if (list === "clinic") return key === "holidays" ? "/console/schedules" : `/console/catalogue/${{ timing: "settings", limits: "settings", callbacks: "settings", notices: "notices" }[key] ?? "clinic"}`;
  return list === "doctors" ? "/console/catalogue" : "/console/catalogue/lists";
}
