/** Which consultation: its kind, then a specialty or a doctor by name (S2, S4, S5). */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { below, fieldId, radioField, textField } from "../shared/fields.js";
import { money } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, failed, loading } from "../shared/ui.js";
import { UNSURE, doctorOf, doctorsOf, lowestPrice, resolved, specialtiesOf, titleOf } from "./catalogue.js";
import { focusSoon } from "./focus.js";
import { NOTHING_CHOSEN } from "./kind.js";

const PAUSE = 300; // milliseconds after the last letter before the API is asked

/** The specialty, «Не знаю» among them; that asks for whom, and says to which doctor it leads. */
export function specialtyField(form, catalogue, set) {
  const { kind, specialty } = form.values;
  const choices = specialtiesOf(catalogue, kind).map(({ id, title }) => [id, title, id === UNSURE ? t("booking.unsureMore") : priceFrom(catalogue, kind, id)]);
  const chosen = (id) => set({ ...NOTHING_CHOSEN, specialty: id });
  return html`
    ${radioField(form, "specialty", t("booking.specialty"), choices, chosen)}
    ${specialty === UNSURE ? unsureField(form, catalogue, set) : nothing}
  `;
}

const priceFrom = (catalogue, kind, specialty) => t("kind.from", { price: money(lowestPrice(catalogue, kind, specialty)) });

function unsureField(form, catalogue, set) {
  const choices = ["self", "child"]
    .filter((who) => doctorsOf(catalogue, form.values.kind, resolved(UNSURE, who)).length)
    .map((who) => [who, t(`booking.unsureWho.${who}`), titleOf(catalogue.specialties, resolved(UNSURE, who))]);
  return radioField(form, "patient.who", t("booking.unsureFor"), choices, (who) => set({ "patient.who": who, slot: undefined }));
}

/** A doctor looked for by name. `draw` is called when there is something new to show. */
export class DoctorSearch {
  #draw;
  #asked = 0;
  #timer = null;
  #name = "";
  #kind = null; // what was found holds this one
  #state = { found: null, busy: false, error: null };

  constructor(draw) {
    this.#draw = draw;
  }

  view(form, catalogue, set) {
    const { kind } = form.values;
    if (kind !== this.#kind) {
      this.#kind = kind;
      this.#typed(this.#name);
    }
    const chosen = doctorOf(catalogue, form.values.doctor);
    return chosen ? this.#chosen(form, chosen, catalogue, set) : this.#search(form, catalogue, set);
  }

  close() {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  #chosen(form, doctor, catalogue, set) {
    const choices = doctor.specialties.map((id) => [id, titleOf(catalogue.specialties, id)]);
    return html`
      <div class="card picked" id=${fieldId("doctor")} tabindex="-1">
        <p><strong>${doctor.name}</strong><small>${describe(doctor, form.values.kind, catalogue)}</small></p>
        ${button(t("booking.otherDoctor"), () => another(set, NOTHING_CHOSEN), { look: "plain" })}
        ${below("doctor", null, form.errors.doctor)}
      </div>
      ${choices.length > 1
        ? radioField(form, "specialty", t("booking.whichSpecialty"), choices, (specialty) => set({ specialty }))
        : nothing}
    `;
  }

  #search(form, catalogue, set) {
    const own = { values: { doctor: this.#name }, errors: { doctor: form.errors.doctor } };
    const typed = (name) => this.#typed(name);
    return html`
      ${textField(own, "doctor", t("booking.doctorName"), typed, { hint: t("booking.doctorHint"), type: "search" })}
      <div aria-live="polite">${this.#found(form, catalogue, set)}</div>
    `;
  }

  #found(form, catalogue, set) {
    const { found, busy, error } = this.#state;
    if (busy) return loading(t("booking.searching"));
    if (error) return failed(error, () => this.#ask());
    if (!found) return nothing;
    if (!found.length) return html`<p>${t("booking.noDoctor")}</p>`;
    const pick = (doctor) => another(set, { ...NOTHING_CHOSEN, doctor: doctor.id, specialty: doctor.specialties.length === 1 ? doctor.specialties[0] : undefined });
    return html`
      <p class="unseen">${t("booking.foundDoctors", { count: found.length })}</p>
      <ul class="found">
        ${found.map((doctor) => html`<li>${option(doctor, form.values.kind, catalogue, () => pick(doctor))}</li>`)}
      </ul>
    `;
  }

  #typed(name) {
    this.#name = name;
    clearTimeout(this.#timer);
    this.#asked += 1;
    const asks = name.trim().length > 1;
    this.#state = { found: null, busy: asks, error: null };
    if (asks) this.#timer = setTimeout(() => this.#ask(), PAUSE);
    this.#draw();
  }

  async #ask() {
    const asked = ++this.#asked;
    this.#state = { found: null, busy: true, error: null };
    this.#draw();
    let state;
    try {
      const { doctors } = await call("GET", `/doctors?${new URLSearchParams({ name: this.#name.trim(), kind: this.#kind })}`);
      state = { found: doctors, busy: false, error: null };
    } catch (error) {
      state = { found: null, busy: false, error };
    }
    if (asked !== this.#asked) return; // another name was typed meanwhile
    this.#state = state;
    this.#draw();
  }
}

/** Another doctor, or none: the button that was pressed is gone then, so the focus goes to what stands instead. */
function another(set, values) {
  set(values);
  focusSoon(`#${fieldId("doctor")}`);
}

const option = (doctor, kind, catalogue, picked) => html`
  <button type="button" class="plain pick" @click=${picked}>
    <span>${doctor.name}<small>${describe(doctor, kind, catalogue)}</small></span>
  </button>
`;

/** «Терапевт · взрослые · 2 500 ₽, 30 минут» */
function describe(doctor, kind, catalogue) {
  const { price, minutes } = doctor.offers[kind];
  const specialties = doctor.specialties.map((id) => titleOf(catalogue.specialties, id)).join(", ");
  return [specialties, ages(doctor.treats), `${money(price)}, ${t("common.minutes", { count: minutes })}`].filter(Boolean).join(" · ");
}

function ages({ from_age: from, to_age: to }) {
  if (from >= 18) return t("booking.adults");
  if (to !== null) return t("booking.children", { to });
  return from ? t("booking.fromAge", { from }) : t("booking.anyAge");
}
