/** Where documents are chosen (S9). `limits`: `uploads` of the catalogue. What sends them comes with the first of them. */

import { html } from "../vendor/lit-html/lit-html.js";
import { below, fieldId } from "../shared/fields.js";
import { size } from "../shared/format.js";
import { t } from "../shared/texts.js";

/** The types that are taken, by their endings. */
export const typeNames = ({ types }) => Object.values(types).map(([ending]) => ending.toUpperCase()).join(", ");

/** `chosen(files)`; `hint`: what is said before the limits. */
export function chooser(limits, chosen, hint = "") {
  const { types, largest, most } = limits;
  const more = t("booking.documentsLimits", { types: typeNames(limits), size: size(largest), count: most });
  const accepted = [...Object.keys(types), ...Object.values(types).flat().map((ending) => `.${ending}`)].join(",");
  const changed = ({ target }) => {
    const files = [...target.files];
    target.value = ""; // the same file may be chosen once more
    chosen(files);
  };
  return html`
    ${below("documents", `${hint} ${more}`, null)}
    <p><label class="button plain attach">
      <input type="file" multiple id=${fieldId("documents")} accept=${accepted} @change=${changed}
        aria-describedby="${fieldId("documents")}-hint" />${t("booking.choose")}
    </label></p>
  `;
}
