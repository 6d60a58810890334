/** What was signed for a booking: which version, by whom, when; to read, to print, to keep. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { moment } from "../../shared/format.js";
import { Page } from "../../shared/page.js";
import { t } from "../../shared/texts.js";
import { button, facts } from "../../shared/ui.js";
import { Deed } from "../deed.js";
import { Dialogs } from "../dialogs.js";
import { load, shown } from "../load.js";
import { reader, words } from "../reader.js";
import { save } from "../save.js";

export function open({ root, session, router, path, zones, focus }) {
  const id = path[1];
  const base = `/me/bookings/${encodeURIComponent(id)}/consents`;
  const page = new Page(root, { signed: undefined, texts: null }, view);
  const dialogs = new Dialogs(page);
  const read = reader(page, dialogs);
  const again = () => load(page, "signed", () => session.call("GET", base));
  const printing = new Deed(page, async () => Promise.all(page.state.signed.value.signatures.map(words)));
  const keeping = new Deed(page, () => session.call("GET", `${base}/print`));

  /** The whole texts are on paper only: they are loaded for it. */
  async function print() {
    const texts = await printing.run();
    if (!texts) return;
    page.change({ texts });
    page.afterDraw(() => window.print());
  }

  async function keep() {
    const file = await keeping.run();
    if (file) save(t("inside.signed.file"), "text/html", file);
  }

  const at = ({ utc }) => moment(utc, zones.clinic);

  function view(state) {
    return html`
      <p class="crumb"><a href=${router.to("bookings", id)}>← ${t("cabinet.toBooking")}</a></p>
      <h1>${t("cabinet.titles.signed")}</h1>
      ${shown(state.signed, again, whole)}
      ${dialogs.view()}
    `;
  }

  function whole(signed) {
    return html`
      <div class="card">
        ${facts([
          [t("inside.signed.clinic"), signed.clinic],
          [t("inside.signed.contract"), signed.contract_number],
          [t("inside.signed.consultation"), `${at(signed.slot_start)} (${t("common.byClinic")})`],
          [t("inside.booking.patient"), signed.patient.name],
          [t("inside.signed.representative"), signed.representative?.name],
        ])}
      </div>
      ${signed.signatures.length ? signatures(signed) : html`<p>${t("inside.signed.empty")}</p>`}
    `;
  }

  const signatures = (signed) => html`
    ${signed.signatures.map(
      (each) => html`
        <article class="card">
          <h2>${each.title}</h2>
          ${facts([
            [t("inside.signed.version"), each.version],
            [t("inside.signed.signer"), `${each.signer} (${t(`inside.signed.by.${each.signed_by}`)})`],
            [t("inside.signed.at"), `${at(each.signed_at)} (${t("common.byClinic")})`],
            [t("inside.signed.hash"), html`<code>${each.sha256}</code>`],
          ])}
          <p>${button(t("cabinet.read"), () => read(each), { look: "plain", label: t("cabinet.readWhat", { title: each.title }) })}</p>
        </article>
      `,
    )}
    ${printing.told()}${keeping.told()}
    <div class="row">
      ${button(t("inside.signed.print"), print, { busy: printing.busy })}
      ${button(t("inside.signed.keep"), keep, { look: "plain", busy: keeping.busy })}
    </div>
    ${page.state.texts ? html`<div class="paper">${page.state.texts.map((text) => html`<section class="preformatted">${text}</section>`)}</div>` : nothing}
  `;

  if (focus) page.focus("h1");
  again();
  return { close: () => page.close() };
}
