/** Who calls: found by the phone, their people need not be typed again. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
import { fieldsOf, newForm, problem, sent, submit } from "./form.js";
import { fullName } from "./show.js";

const PERSON = ["family_name", "given_name", "patronymic", "sex"];

export const newCaller = () => ({ form: newForm({ phone: "" }), found: null, unknown: false });

/** `it`: the page of the booking; its `draft` keeps the caller beside the form that is filled in. */
export function callerView(it) {
  const { form, found, unknown } = it.draft.caller;
  return html`
    <section class="card" aria-labelledby="caller">
      <h2 id="caller">${t("desk.book.caller")}</h2>
      <form novalidate @submit=${sent(() => find(it))}>
        ${problem(form)}
        <div class="line">
          ${fieldsOf(it.page, form).text("phone", t("desk.book.phone"), { type: "tel", inputmode: "tel", hint: t("desk.book.phoneHint") })}
          ${button(t("desk.book.find"), null, { type: "submit", busy: form.busy, look: "plain" })}
        </div>
      </form>
      ${unknown ? message("info", t("desk.book.unknown")) : nothing} ${found ? foundView(found, it) : nothing}
    </section>
  `;
}

function foundView({ available, people: { holder, patients } }, it) {
  return html`
    <p role="status">${holder ? fullName(holder) : nothing}${available ? html`, ${t("desk.book.onBalance", { sum: format.money(available) })}` : nothing}</p>
    <div class="row" role="group" aria-label=${t("desk.book.forWhom")}>
      ${patients.map((each) => button(patientWords(each), () => fillIn(it, each), { look: "plain" }))}
      ${button(t("desk.book.newChild"), () => fillIn(it, null), { look: "plain" })}
    </div>
  `;
}

const patientWords = (patient) => html`<span>${fullName(patient)}<small>${format.date(patient.birth_date, "UTC")}</small></span>`;

async function find(it) {
  const { draft, page, session } = it;
  const { caller } = draft;
  const phone = caller.form.values.phone.trim();
  Object.assign(caller, { found: null, unknown: false });
  const found = await submit(page, caller.form, () => session.call("POST", "/internal/holders/search", { body: { phone } }));
  if (found) {
    caller.found = found;
    fillInHolder(it, found.people.holder);
    page.focus("[role=group] button");
  } else if (caller.form.error?.status === 404) {
    caller.form.error = null;
    caller.unknown = true;
    it.set({ "holder.phone": phone });
  }
}

/** The holder's own data, as they were entered last. */
function fillInHolder(it, holder) {
  if (!holder) return;
  it.set({
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
  it.set({
    "patient.who": self ? "self" : "child",
    ...(self ? {} : { ...personValues("patient", patient ?? blank), "patient.relation": patient?.relation ?? "" }),
  });
  it.page.focus("[name=kind]:checked, [name=kind]");
}

function personValues(side, person) {
  const values = Object.fromEntries(PERSON.map((each) => [`${side}.${each}`, person[each] ?? undefined]));
  const [year, month, day] = person.birth_date?.split("-") ?? [];
  return { ...values, [`${side}.birth_date`]: year ? `${day}.${month}.${year}` : "" };
}
