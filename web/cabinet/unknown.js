/** An address of the cabinet at which there is nothing. */

import { html } from "../vendor/lit-html/lit-html.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";

export function open({ root, router }) {
  const page = new Page(root, {}, () => html`
    <h1>${t("cabinet.unknown.title")}</h1>
    <p><a class="button" href=${router.to()}>${t("cabinet.toBookings")}</a></p>
  `);
  return { close: () => page.close() };
}
