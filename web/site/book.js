/** Booking: the form is sent, and what the API says of it is led to where it belongs. */

import { call } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import { errorText } from "../shared/ui.js";
import { consentsBody } from "../booking/consents.js";
import { bookingBody, patientAge } from "../booking/draft.js";
import { BookingRequest } from "../booking/request.js";
import * as store from "./store.js";

export class Booker {
  #site;
  #booked;

  /** `kept`: `{ key, sent }` of an earlier request that nobody has answered. `booked(booking, uploads)`: called at the end. */
  constructor(site, kept, booked) {
    this.#site = site;
    this.#booked = booked;
    this.request = new BookingRequest(kept);
  }

  /** What went wrong and belongs to no field, in words; null: nothing did, or it stands at its field. */
  async book() {
    const { form, catalogue } = this.#site;
    this.request.begin({ ...bookingBody(form), consents: consentsBody(form, catalogue, patientAge(form, catalogue)) });
    this.#site.keep();
    try {
      this.#made(...(await this.request.ask((body, key) => call("POST", "/bookings", { body, key }))));
      return null;
    } catch (error) {
      return this.#refused(error);
    }
  }

  #made(made, body) {
    const earlier = this.request.isEarlier(body);
    const booking = {
      ...made,
      kind: body.kind,
      slot: earlier ? body.slot : this.#site.form.values.slot,
      time_zone: body.time_zone,
      channel: body.channel.type,
      earlier,
      paid: false,
    };
    this.#answered();
    store.booking.write(booking);
    this.#booked(booking, this.#site.uploads);
  }

  #answered() {
    this.request.answered();
    this.#site.keep();
  }

  async #refused(error) {
    if (error.unanswered) return errorText(error);
    this.#answered();
    if (error.code === "slot_taken") return this.#lost(error.details.alternatives);
    return error.fields?.length ? this.#wrong(error.fields) : errorText(error);
  }

  #lost(alternatives) {
    const { set, picker, change } = this.#site;
    set({ slot: undefined });
    picker.offer(alternatives);
    change("time", "#taken");
    return null;
  }

  /** All that the API has found, each at its field; the first step that has any is opened. */
  async #wrong(fields) {
    if (fields.some(({ code }) => code === "outdated_version")) await this.#site.readCatalogue();
    this.#site.form.errors = errorsByPath(fields);
    const step = this.#site.steps.find(({ owns }) => fields.some(({ path }) => owns(path)));
    if (!step) return fields.map(({ message }) => message).join(" ");
    this.#site.change(step.id);
    return null;
  }
}
