/** The documents of a booking that the operator made: read, ticked one by one, by whom the age on its day says (§4). */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { now } from "../../shared/api.js";
import { errorSummary, tickField } from "../../shared/fields.js";
import { t } from "../../shared/texts.js";
import { button, Countdown } from "../../shared/ui.js";
import { ageOn, signerOf } from "../signers.js";
import { Deed, load, shown } from "../load.js";
import { reader } from "../reader.js";
import { until } from "../when.js";

export function consentsOf({ page, session, base, dialogs, zones, catalogue: first, reloadCatalogue, changed, refresh }) {
  let catalogue = first;
  const ticked = new Set();
  const left = new Countdown(() => page.draw());
  const read = reader(page, dialogs);
  const deed = new Deed(page, (body) => session.call("POST", `${base}/consents`, { body }));
  const again = () => load(page, "signed", () => session.call("GET", `${base}/consents`));

  /** Who is consulted: their name, once it is known. */
  const patient = () => page.state.signed?.value?.patient.name;

  const age = ({ patient: { birth_date }, slot_start }) => ageOn(birth_date, slot_start.clinic.slice(0, 10));

  async function sign(people) {
    const consents = catalogue.documents
      .filter(({ document }) => ticked.has(document))
      .map(({ document, version }) => ({ document, version, signed_by: signerOf(document, age(people)) }));
    const booking = await deed.run({ consents });
    if (booking) return changed(booking, t("cabinet.consents.done"));
    if (deed.error.fields.some(({ code }) => code === "outdated_version")) await renew();
    if (deed.error.status === 409) refresh();
    page.focus("#errors, .message.error");
  }

  /** What was ticked in an older version has to be read anew. */
  async function renew() {
    const before = new Map(catalogue.documents.map(({ document, version }) => [document, version]));
    catalogue = await reloadCatalogue();
    for (const { document, version } of catalogue.documents) if (before.get(document) !== version) ticked.delete(document);
    page.draw();
  }

  const lead = (booking) => html`
    <p>${t("cabinet.consents.lead", { until: until(booking.hold_until, zones, now()) })} ${t("cabinet.left")} ${left.show(booking.hold_until)}</p>
  `;

  const view = () => html`
    <section class="card" aria-labelledby="consents">
      <h2 id="consents">${t("cabinet.consents.title")}</h2>
      ${shown(page.state.signed, again, form)}
    </section>
  `;

  function form(people) {
    const errors = deed.errors;
    const values = Object.fromEntries([...ticked].map((document) => [`consents.${document}`, true]));
    const shared = { values, errors };
    const signers = [...new Set(catalogue.documents.map(({ document }) => signerOf(document, age(people))))];
    return html`
      ${errorSummary(shared)}
      ${deed.told(...catalogue.documents.map(({ document }) => `consents.${document}`))}
      ${notices()}
      <form novalidate @submit=${(event) => { event.preventDefault(); sign(people); }}>
        ${signers.map((signer) => group(signer, people, shared, signers.length > 1))}
        ${button(t("cabinet.consents.sign"), null, { type: "submit", busy: deed.busy })}
      </form>
    `;
  }

  const notices = () => html`
    <ul>${Object.values(catalogue.notices).map((words) => html`<li>${words}</li>`)}</ul>
  `;

  /** The documents of one signature. */
  function group(signer, people, form_, several) {
    const name = signer === "patient" ? people.patient.name : people.representative?.name;
    const documents = catalogue.documents.filter(({ document }) => signerOf(document, age(people)) === signer);
    return html`
      <fieldset class="field">
        <legend>${t(`cabinet.consents.by.${signer}`, { name })}</legend>
        ${several && signer === "patient" ? html`<p class="hint">${t("cabinet.consents.hand", { name })}</p>` : nothing}
        ${documents.map((each) => tick(each, form_))}
      </fieldset>
    `;
  }

  function tick(each, form_) {
    const path = `consents.${each.document}`;
    const set = (on) => {
      if (on) ticked.add(each.document);
      else ticked.delete(each.document);
      deed.error &&= without(deed.error, path);
      page.draw();
    };
    return html`
      <div class="consent">
        ${tickField(form_, path, each.title, set, { required: each.required })}
        ${button(t("cabinet.read"), () => read(each), { look: "link", label: t("cabinet.readWhat", { title: each.title }) })}
      </div>
    `;
  }

  return { load: again, lead, view, patient };
}

/** An error without what it said of a field that is being mended. */
function without(error, path) {
  const fields = error.fields.filter((each) => each.path !== path);
  return error.fields.length && !fields.length ? null : Object.assign(Object.create(error), { fields });
}
