/** Another time for a booking: the slots of its doctor, or of all who hold such consultations, at the same price. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";
import { SlotPicker, when } from "../booking/slots.js";
import { doctorName } from "./show.js";

const SIDES = ["patient", "clinic"];

/** An action of `actions.js`. What the picker shows follows the form, which is why it stands in it. */
export const MOVE = {
  name: "move",
  values: (it) => {
    const { booking, people } = it.booking.value;
    return {
      by: "patient", why: "", whose: "same",
      kind: booking.kind, specialty: booking.specialty, doctor: booking.slot.doctor, time_zone: people.time_zone, slot: undefined,
    };
  },
  opened: (it, form) => {
    form.picker = new SlotPicker(() => it.page.draw());
  },
  fields: (f, it, form) => {
    const { values } = form;
    const own = it.booking.value.booking.slot.doctor;
    const set = (changed) => {
      Object.assign(values, changed);
      if (values.slot && values.slot.doctor !== own) values.whose = "any"; // a lost time may be offered of anybody
      it.page.draw();
    };
    values.doctor = values.whose === "same" ? own : undefined;
    if (values.doctor && values.slot?.doctor !== own) values.slot = undefined;
    return html`
      ${f.radio("whose", t("desk.actions.move.whose"), ["same", "any"].map((each) => [each, t(`desk.actions.move.doctors.${each}`)]), { compact: true })}
      ${form.picker.view(form, it.catalogue, set)}
      <p role="status">
        ${values.slot ? html`<strong>${when(values.slot, values.time_zone, it.catalogue.time_zone)}, ${doctorName(it.catalogue, values.slot.doctor)}</strong>` : nothing}
      </p>
      ${f.radio("by", t("desk.actions.by"), SIDES.map((each) => [each, t(`desk.actions.sides.${each}`)]), { compact: true })}
      ${f.why()}
    `;
  },
  check: ({ slot }) => (slot ? {} : { "slot.start": t("booking.errors.slot") }),
  call: ({ slot, by, why }, it) => ["POST", `${it.path}/slot`, { doctor: slot.doctor, start: slot.start, by, why }],
  /** Somebody took it meanwhile: what is free by now, the nearest first. */
  refused: (it, { error, picker, values }) => {
    if (error?.code !== "slot_taken") return;
    values.slot = undefined;
    picker.offer(error.details.alternatives ?? []);
    it.page.draw();
  },
};
