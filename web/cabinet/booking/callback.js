/** The doctor's call after a consultation, asked for at its booking (S16). */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { errorSummary, longField, radioField, textField } from "../../shared/fields.js";
import { momentIn, zoneName } from "../../shared/format.js";
import { t } from "../../shared/texts.js";
import { button } from "../../shared/ui.js";
import { asked, withdrawal } from "../callback.js";
import { Deed } from "../deed.js";
import { load, shown } from "../load.js";

const DAYS = 14; // how far ahead a call may be wished for
const OVER = new Set(["COMPLETED", "NOT_HELD"]);

export function callbackOf(own) {
  const { page, session, base, id, zones, dialogs } = own;
  const values = { question: "", when: "soon", not_before: "" };
  const asking = new Deed(page, (body, key) => session.call("POST", `${base}/callbacks`, { body, key }));
  const withdraw = withdrawal(page, session, dialogs, again);

  /** Of all the holder's requests those about this booking: the latest first. */
  async function again() {
    await load(page, "callbacks", async () => {
      const { callbacks } = await session.call("GET", "/me/callbacks");
      return callbacks.filter(({ booking_id }) => booking_id === id);
    });
  }

  const loadAll = async ({ status }) => OVER.has(status) && again();

  async function ask() {
    const wished = values.when === "later" && values.not_before ? momentIn(zones.patient, values.not_before) : null;
    const done = await asking.run({ question: values.question, ...(wished ? { not_before: wished } : {}) });
    if (!done) return page.focus("#errors, #callback .message.error");
    values.question = "";
    await again();
    page.focus("#callback");
  }

  const set = (name) => (value) => {
    values[name] = value;
    page.draw();
  };

  function view(booking) {
    if (!OVER.has(booking.status)) return nothing;
    return html`
      <section class="card" aria-labelledby="callback">
        <h2 id="callback">${t("inside.callback.title")}</h2>
        ${shown(page.state.callbacks, again, (callbacks) => html`
          ${callbacks.map((each) => asked(each, zones, withdraw))}
          ${callbacks.some(({ status }) => status === "OPEN") ? nothing : form()}
        `)}
      </section>
    `;
  }

  function form() {
    const shared = { values, errors: asking.errors };
    return html`
      <p>${t("inside.callback.intro")}</p>
      ${errorSummary(shared)}
      ${asking.told("question", "not_before")}
      <form novalidate @submit=${(event) => { event.preventDefault(); ask(); }}>
        ${longField(shared, "question", t("inside.callback.question"), set("question"), { maxlength: 2000 })}
        ${radioField(shared, "when", t("inside.callback.when"), [["soon", t("inside.callback.soon")], ["later", t("inside.callback.later")]], set("when"), { compact: true })}
        ${values.when === "later" ? later(shared) : nothing}
        ${button(t("inside.callback.ask"), null, { type: "submit", busy: asking.busy })}
      </form>
    `;
  }

  const later = (shared) =>
    textField(shared, "not_before", t("inside.callback.notBefore"), set("not_before"), {
      type: "datetime-local", hint: t("inside.callback.zone", { zone: zoneName(zones.patient), days: DAYS }),
    });

  return { load: loadAll, view };
}
