/** The documents of a booking that the operator made: read, ticked one by one, by whom the age on its day says (§4). */

import { html } from "../../vendor/lit-html/lit-html.js";
import { ageOn } from "../../booking/catalogue.js";
import { ConsentTicks, consentsBody, signer } from "../../booking/consents.js";
import { now } from "../../shared/api.js";
import { Countdown } from "../../shared/countdown.js";
import { errorSummary } from "../../shared/fields.js";
import { t } from "../../shared/texts.js";
import { button } from "../../shared/ui.js";
import { Deed } from "../deed.js";
import { load, shown } from "../load.js";
import { until } from "../when.js";

export function consentsOf({ page, session, base, zones, catalogue: first, reloadCatalogue, changed, refresh }) {
  let catalogue = first;
  const form = { values: {}, errors: {} };
  const ticks = new ConsentTicks(() => page.draw());
  const left = new Countdown(() => { page.draw(); refresh(); });
  const signing = new Deed(page, (body) => session.call("POST", `${base}/consents`, { body }));
  const again = () => load(page, "signed", () => session.call("GET", `${base}/consents`));

  /** Who is consulted: their name, once it is known. */
  const patient = () => page.state.signed?.value?.patient.name;

  /** Whether all of it was signed: the booking hears of that a moment later. */
  const given = () => page.state.signed?.value?.signatures.length > 0;

  const ageOf = ({ patient: { birth_date }, slot_start }) => ageOn(birth_date, slot_start.clinic.slice(0, 10));
  const paths = () => catalogue.documents.map(({ document }) => `consents.${document}`);

  function set(changes) {
    Object.assign(form.values, changes);
    for (const path of Object.keys(changes)) delete form.errors[path];
    page.draw();
  }

  async function sign(age) {
    const booking = await signing.run({ consents: consentsBody(form, catalogue, age) }, again);
    if (booking) return changed(booking, t("inside.consents.done"));
    form.errors = signing.errors;
    page.focus("#errors, #consents-section .message.error");
    if (signing.error.status === 409) refresh();
    if (signing.error.fields.some(({ code }) => code === "outdated_version")) await renew();
  }

  /** A tick is of one version: what was ticked in an older one is not ticked any more. */
  async function renew() {
    catalogue = await reloadCatalogue().catch(() => catalogue); // signed in vain again, it is asked for again
    page.draw();
  }

  const lead = (booking) => html`
    <p>
      ${t("inside.consents.lead", { until: until(booking.hold_until, zones, now()) })}
      ${t("cabinet.left")} ${left.show(booking.hold_until)}
    </p>
  `;

  const view = () => html`
    <section class="card" id="consents-section" aria-labelledby="consents">
      <h2 id="consents">${t("inside.consents.title")}</h2>
      ${shown(page.state.signed, again, whole)}
      ${ticks.window()}
    </section>
  `;

  function whole(people) {
    const age = ageOf(people);
    const signers = [...new Set(catalogue.documents.map(({ document }) => signer(document, age)))];
    return html`
      ${errorSummary(form)}
      ${signing.told(...paths())}
      <p>${t("inside.consents.notices")}</p>
      <ul>${Object.values(catalogue.notices).map((words) => html`<li>${words}</li>`)}</ul>
      <form novalidate @submit=${(event) => { event.preventDefault(); sign(age); }}>
        ${signers.map((each) => group(each, people, age))}
        ${button(t("inside.consents.sign"), null, { type: "submit", busy: signing.busy })}
      </form>
    `;
  }

  /** The documents of one signature. */
  function group(whose, people, age) {
    const name = whose === "patient" ? people.patient.name : people.representative.name;
    const documents = catalogue.documents.filter(({ document }) => signer(document, age) === whose);
    return html`
      <fieldset class="field">
        <legend>${t(`inside.consents.by.${whose}`, { name })}</legend>
        ${ticks.list(form, set, age, documents)}
      </fieldset>
    `;
  }

  return { load: again, lead, view, patient, given };
}
