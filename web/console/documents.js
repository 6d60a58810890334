/** What the patient's side has attached: for the doctor of the booking alone. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "../shared/api.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, errorText, message } from "../shared/ui.js";

export const documentsView = (it) => html`
  <section class="card" aria-labelledby="documents">
    <h2 id="documents">${t("desk.booking.documents")}</h2>
    ${it.documents.view((documents) =>
      documents.length ? documentList(documents, it) : html`<p class="quiet">${t("desk.documents.none")}</p>`,
    )}
    ${it.documentProblem ? message("error", errorText(it.documentProblem)) : nothing}
  </section>
`;

/** `it`: { page, session, path of the booking }; what went wrong stands in its `documentProblem`. */
export const documentList = (documents, it) =>
  html`<ul class="plain-list ruled">${documents.map((each) => documentView(each, it))}</ul>`;

const documentView = (document, it) => html`
  <li>
    ${document.status === "ready"
      ? button(document.name, () => read(it, document), { look: "link" })
      : document.name}
    <small>${format.size(document.size)}, ${t(`desk.documents.states.${document.status}`)}</small>
  </li>
`;

/** A link is good for minutes, and each reading stands in the trail: it is asked for when it is wanted. */
async function read(it, { document }) {
  it.documentProblem = null;
  try {
    const { url } = await it.session.call("GET", `${it.path}/documents/${document}`);
    location.assign(url); // the file is saved under its own name, the page stays
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    it.documentProblem = error;
  }
  it.page.draw();
}
