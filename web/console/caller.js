/** Who calls: found by the phone, their people need not be typed again. Another phone is another caller. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dialog } from "../shared/dialog.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, errorText, message } from "../shared/ui.js";
import { fieldsOf, newForm, sent, submit } from "./form.js";
import { fullName } from "./show.js";

const PERSON = ["family_name", "given_name", "patronymic", "sex"];
const CHOICE = "[name=kind]:checked, [name=kind]"; // what is asked next
const NUMBER = 10; // digits of a number behind its country's code or 8

/**
 * `phone`: the one that was looked for, once it was answered; `filled`: what of the booking's form that filled in;
 * `asking`: whether to begin anew, and `other`: with another phone.
 */
export const newCaller = () => ({ form: newForm({ phone: "" }), phone: null, found: null, unknown: false, filled: {}, asking: null });

/** `it`: the page of the booking; its `draft` keeps the caller beside the form that is filled in. */
export function callerView(it) {
  const { form, found, unknown } = it.draft.caller;
  return html`
    <section class="card" aria-labelledby="caller">
      <h2 id="caller">${t("byPhone.caller")}</h2>
      <form novalidate @submit=${sent(() => find(it))}>
        ${form.error && !form.errors.phone ? message("error", errorText(form.error)) : nothing}
        <div class="line">
          ${fieldsOf(it, form).text("phone", t("byPhone.phone"), { type: "tel", inputmode: "tel", hint: t("byPhone.phoneHint") })}
          ${button(t("byPhone.find"), null, { type: "submit", busy: form.busy, look: "plain" })}
        </div>
      </form>
      ${unknown ? message("info", t("byPhone.unknown")) : nothing} ${found ? foundView(found, it) : nothing}
    </section>
  `;
}

function foundView({ available, people: { holder, patients } }, it) {
  return html`
    <p role="status">${holder ? fullName(holder) : nothing}${available ? html`, ${t("byPhone.onBalance", { sum: format.money(available) })}` : nothing}</p>
    <div class="row" role="group" aria-label=${t("byPhone.forWhom")}>
      ${patients.map((each) => button(patientWords(each), () => fillIn(it, each), { look: "plain" }))}
      ${button(t("byPhone.newChild"), () => fillIn(it, null), { look: "plain" })}
    </div>
  `;
}

const patientWords = (patient) => html`<span>${fullName(patient)}<small>${format.date(patient.birth_date, "UTC")}</small></span>`;

/** Look for the caller; whatever was typed for one with another phone is not theirs. */
function find(it) {
  const { busy, caller } = it.draft;
  const { phone } = caller.form.values;
  if (busy) return;
  if (!numberOf(phone) || caller.phone === null || numberOf(phone) === numberOf(caller.phone)) return look(it);
  if (it.isTyped) return ask(it, { other: true });
  lookAnew(it, phone);
}

const numberOf = (phone) => phone.replaceAll(/\D/g, "").slice(-NUMBER);

function ask(it, asking) {
  it.draft.caller.asking = asking;
  it.draw();
}

/** Begin with an empty form; what was typed is asked about first. */
export function askAnew(it) {
  if (it.isTyped) ask(it, { other: false });
  else beginAnew(it);
}

function beginAnew(it) {
  it.begin();
  it.focus("input");
}

function lookAnew(it, phone) {
  it.begin();
  it.draft.caller.form.values.phone = phone;
  look(it);
}

/** The window that asks. */
export function anewView(it) {
  const { asking, form } = it.draft.caller;
  if (!asking) return nothing;
  const close = () => ask(it, null);
  const keep = () => {
    close();
    look(it);
  };
  return dialog(
    t("byPhone.anew.title"),
    html`
      <p>${t(asking.other ? "byPhone.anew.otherPhone" : "byPhone.anew.words")}</p>
      <div class="row">
        ${button(t("byPhone.anew.do"), () => (asking.other ? lookAnew(it, form.values.phone) : beginAnew(it)), { look: "danger" })}
        ${asking.other ? button(t("byPhone.anew.keep"), keep, { look: "plain" }) : nothing}
        ${button(t("common.cancel"), close, { look: "plain" })}
      </div>
    `,
    close,
  );
}

async function look(it) {
  const { draft, session } = it;
  const { caller } = draft;
  const phone = caller.form.values.phone.trim();
  Object.assign(caller, { found: null, unknown: false });
  const answer = await submit(it, caller.form, () => session.call("POST", "/internal/holders/search", { body: { phone } }).catch(nobody));
  if (it.draft !== draft) return; // begun anew meanwhile
  if (answer?.people) {
    Object.assign(caller, { found: answer, phone });
    fillInHolder(it, answer.people.holder);
    it.focus("[role=group] button");
  } else if (answer) {
    Object.assign(caller, { unknown: true, phone });
    fill(it, { "holder.phone": phone });
    it.focus(CHOICE);
  } else if (caller.form.errors.phone) it.focus("[name=phone]");
}

/** That nobody is known by a phone is an answer. */
function nobody(error) {
  if (error.status !== 404) throw error;
  return { people: null };
}

/** What is known need not be typed: it can be found again. */
function fill(it, values) {
  Object.assign(it.draft.caller.filled, values);
  it.set(values);
}

/** The holder's own data, as they were entered last. */
function fillInHolder(it, holder) {
  if (!holder) return;
  fill(it, {
    ...personValues("holder", holder),
    "holder.phone": holder.phone,
    "holder.email": holder.email,
    "channel.login": holder.skype_login ?? undefined,
    time_zone: holder.time_zone,
  });
}

/** Whose consultation it is: one of the people who are known, or a child who is not yet (null). */
function fillIn(it, patient) {
  const self = patient !== null && patient.relation === null;
  const blank = { family_name: "", given_name: "", patronymic: "", birth_date: null, sex: undefined };
  fill(it, {
    "patient.who": self ? "self" : "child",
    ...(self ? {} : { ...personValues("patient", patient ?? blank), "patient.relation": patient?.relation ?? "" }),
  });
  it.focus(CHOICE);
}

function personValues(side, person) {
  const values = Object.fromEntries(PERSON.map((each) => [`${side}.${each}`, person[each] ?? undefined]));
  const [year, month, day] = person.birth_date?.split("-") ?? [];
  return { ...values, [`${side}.birth_date`]: year ? `${day}.${month}.${year}` : "" };
}
