/** The documents that are read and ticked before paying (S10, S17, §4): each by itself, none ticked beforehand. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import { tickField } from "../shared/fields.js";
import { date } from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { failed, loading } from "../shared/ui.js";
import { ADULT } from "./catalogue.js";

const SIGNS_MEDICAL_CONSENT = 15; // full years: from then on the patient signs it

/** Whose signature a tick is, by the patient's age on the consultation's day (§4). */
export function signer(document, age) {
  const of = document === "medical_consent" ? SIGNS_MEDICAL_CONSENT : ADULT;
  return age >= of ? "patient" : "representative";
}

const path = (document) => `consents.${document}`;
const ticked = ({ values }, { document, version }) => values[path(document)] === version;

/** What was ticked, as the API takes it; `age`: the patient's. */
export const consentsBody = (form, catalogue, age) =>
  catalogue.documents
    .filter((each) => ticked(form, each))
    .map(({ document, version }) => ({ document, version, signed_by: signer(document, age) }));

/** What has to be ticked still: errors by path. */
export const checkConsents = (form, catalogue) =>
  Object.fromEntries(
    catalogue.documents.filter((each) => each.required && !ticked(form, each)).map(({ document }) => [path(document), t("booking.errors.tick")]),
  );

/** The ticks, each with its document to read in a window. A tick is of one version: of another it does not count. */
export class ConsentTicks {
  #draw;
  #open = null;

  constructor(draw) {
    this.#draw = draw;
  }

  /** Ticks for these documents of the catalogue. The page draws `window()` once, beside them. */
  list = (form, set, age, documents) => documents.map((each) => this.#tick(each, form, set, age));

  #tick(document, form, set, age) {
    const shown = { values: { [path(document.document)]: ticked(form, document) }, errors: form.errors };
    const changed = (on) => set({ [path(document.document)]: on ? document.version : undefined });
    const words = tryText(`booking.agree.${document.document}`) ?? document.title;
    return html`
      <div class="consent">
        ${tickField(shown, path(document.document), words, changed, { required: document.required, hint: signs(document, age) })}
        <button type="button" class="link" @click=${() => this.#read(document)}>${t("booking.read", { title: document.title })}</button>
      </div>
    `;
  }

  async #read(document) {
    const opened = { document, text: null, error: null };
    this.#open = opened;
    this.#draw();
    try {
      opened.text = await call("GET", `/documents/${document.document}/${document.version}`);
    } catch (error) {
      opened.error = error;
    }
    this.#draw();
  }

  /** The document that is being read, if one is. */
  window() {
    if (!this.#open) return nothing;
    const { document, text, error } = this.#open;
    const close = () => {
      this.#open = null;
      this.#draw();
    };
    const edition = t("booking.edition", { date: date(`${document.version}T12:00:00Z`, "UTC") });
    const content = html`
      <p class="quiet">${edition}</p>
      ${error ? failed(error, () => this.#read(document)) : text === null ? loading() : html`<div class="preformatted" tabindex="0" role="region" aria-label=${document.title}>${text}</div>`}
    `;
    return dialog(document.title, content, close);
  }
}

function signs({ document }, age) {
  if (age === null || age >= ADULT || document === "marketing") return undefined;
  const who = signer(document, age);
  return who === "patient" ? t("booking.signs.fifteen", { age }) : t("booking.signs.representative");
}
