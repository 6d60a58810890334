/** The doctor's call after a consultation, asked for at its booking (S16). */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { now } from "../../shared/api.js";
import { errorSummary, longField, radioField, textField } from "../../shared/fields.js";
import { momentIn, zoneName } from "../../shared/format.js";
import { t } from "../../shared/texts.js";
import { button } from "../../shared/ui.js";
import { kept } from "../../site/store.js";
import { asked, withdrawal } from "../callback.js";
import { Deed } from "../deed.js";
import { load, shown } from "../load.js";

const A_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/; // nothing where a part is missing; browsers take years of six digits

export function callbackOf(own) {
  const { page, session, base, id, zones, dialogs } = own;
  const typed = kept(`callback ${id}`);
  const blank = { question: "", when: "soon", not_before: "" };
  const values = { ...blank, ...typed.read() };
  let wrong = {}; // what is found before anything is sent
  const asking = new Deed(page, (body, key) => session.call("POST", `${base}/callbacks`, { body, key }));
  const withdraw = withdrawal(page, session, dialogs, again);

  /** Of all the holder's requests those about this booking: the latest first. */
  async function again() {
    await load(page, "callbacks", async () => {
      const { callbacks } = await session.call("GET", "/me/callbacks");
      return callbacks.filter(({ booking_id }) => booking_id === id);
    });
  }

  async function ask() {
    const wish = values.when === "later" ? wished() : {};
    wrong = wish ? {} : { ...missing(), not_before: t("inside.callback.noMoment") };
    if (!wish) {
      asking.error = null;
      return page.focus("#errors");
    }
    const done = await asking.run({ question: values.question, ...wish });
    if (!done) return page.focus("#errors, #callback-section .message.error");
    typed.write(null);
    Object.assign(values, blank);
    await again();
    page.focus("#callback");
  }

  /** The moment that was wished for, as the API takes it; null: none that is still to come. */
  function wished() {
    const not_before = A_MOMENT.test(values.not_before) && momentIn(zones.patient, values.not_before);
    return not_before && Date.parse(not_before) > now() ? { not_before } : null;
  }

  const missing = () => (values.question.trim() ? {} : { question: t("booking.errors.missing") });

  const set = (name) => (value) => {
    values[name] = value;
    typed.write(values);
    page.draw();
  };

  const hasOpen = () => page.state.callbacks?.value?.some(({ status }) => status === "OPEN");

  /** Whether it may be asked for by now, and is not yet. */
  const offered = ({ callback }) => callback !== null && now() <= Date.parse(callback.until) && !hasOpen();

  function view(booking) {
    if (!offered(booking) && !page.state.callbacks?.value?.length) return nothing;
    return html`
      <section class="card" id="callback-section" aria-labelledby="callback">
        <h2 id="callback">${t("inside.callback.title")}</h2>
        ${shown(page.state.callbacks, again, (callbacks) => html`
          ${callbacks.map((each) => asked(each, zones, withdraw))}
          ${offered(booking) ? form(booking.callback) : nothing}
        `)}
      </section>
    `;
  }

  function form({ days_ahead: days }) {
    const shared = { values, errors: { ...asking.errors, ...wrong } };
    return html`
      <p>${t("inside.callback.intro")}</p>
      ${errorSummary(shared)}
      ${asking.told("question", "not_before")}
      <form novalidate @submit=${(event) => { event.preventDefault(); ask(); }}>
        ${longField(shared, "question", t("inside.callback.question"), set("question"), { maxlength: 2000 })}
        ${radioField(shared, "when", t("inside.callback.when"), [["soon", t("inside.callback.soon")], ["later", t("inside.callback.later")]], set("when"), { compact: true })}
        ${values.when === "later" ? later(shared, days) : nothing}
        ${button(t("inside.callback.ask"), null, { type: "submit", busy: asking.busy })}
      </form>
    `;
  }

  const later = (shared, days) =>
    textField(shared, "not_before", t("inside.callback.notBefore"), set("not_before"), {
      type: "datetime-local", hint: t("inside.callback.zone", { zone: zoneName(zones.patient), days }),
    });

  return { load: again, view, offered };
}
