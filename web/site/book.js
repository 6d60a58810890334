/** Booking: the form is sent, and what the API says of it is led to where it belongs. */

import { call, newKey } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import { errorText } from "../shared/ui.js";
import { consentsBody } from "../booking/consents.js";
import { bookingBody, patientAge } from "../booking/draft.js";
import * as store from "./store.js";

export class Booker {
  #site;
  #booked;

  /** `kept`: `{ key, sent }` of an earlier request that nobody has answered. `booked(booking, uploads)`: called at the end. */
  constructor(site, { key = null, sent = [] }, booked) {
    this.#site = site;
    this.#booked = booked;
    this.key = key;
    this.sent = sent;
  }

  /** What went wrong and belongs to no field, in words; null: nothing did, or it stands at its field. */
  async book() {
    const { form, catalogue } = this.#site;
    this.key ??= newKey();
    const body = { ...bookingBody(form), consents: consentsBody(form, catalogue, patientAge(form, catalogue)) };
    try {
      this.#made(...(await this.#ask(body)));
      return null;
    } catch (error) {
      return this.#refused(error);
    }
  }

  /**
   * Ask for the booking by the key that is kept until it was answered: what was made, and of which form. A request that
   * was never answered may have made a booking all the same: then the form as it was sent with it asks for that one.
   */
  async #ask(body) {
    this.sent = [body, ...this.sent];
    this.#site.keep();
    for (const each of this.sent) {
      try {
        return [await call("POST", "/bookings", { body: each, key: this.key }), each];
      } catch (error) {
        if (error.code !== "idempotency_conflict" || each === this.sent.at(-1)) throw error;
      }
    }
  }

  #made(made, body) {
    const { slot } = this.#site.form.values;
    const booking = {
      ...made,
      kind: body.kind,
      slot: slot.start === body.slot.start ? slot : body.slot,
      time_zone: body.time_zone,
      channel: body.channel.type,
      earlier: body !== this.sent[0], // of what had been typed before it was changed
      paid: false,
    };
    this.#answered();
    store.booking.write(booking);
    this.#booked(booking, this.#site.uploads);
  }

  #answered() {
    this.key = null;
    this.sent = [];
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
