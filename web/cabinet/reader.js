/** A document to sign, or that was signed, read in a window over the page. */

import { html } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { load, shown } from "./load.js";

/** The words of one version of a document. */
export const words = ({ document, version }) =>
  call("GET", `/documents/${encodeURIComponent(document)}/${encodeURIComponent(version)}`);

/** A function that opens a window with `{ document, version, title }`. */
export function reader(page, dialogs) {
  return (each) => {
    const name = `text ${each.document} ${each.version}`;
    const again = () => load(page, name, () => words(each));
    dialogs.open(each.title, () => html`
      ${shown(page.state[name], again, (text) => html`<div class="preformatted">${text}</div>`)}
      <p>${button(t("common.close"), dialogs.close, { look: "plain" })}</p>
    `);
    again();
  };
}
