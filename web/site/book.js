/** Booking: the form is sent, and what the API says of it is led to where it belongs. */

import { call } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import { errorText } from "../shared/ui.js";
import { offerOf } from "../booking/catalogue.js";
import { consentsBody } from "../booking/consents.js";
import { bookingBody, patientAge } from "../booking/draft.js";
import { BookingRequest } from "../booking/request.js";
import * as store from "./store.js";

export class Booker {
  #site;
  #booked;
  #booking = null; // once it was made

  /** `kept`: `{ key, sent }` of an earlier request that nobody has answered. `booked(booking, uploads)`: called at the end. */
  constructor(site, kept, booked) {
    this.#site = site;
    this.#booked = booked;
    this.request = new BookingRequest(kept);
  }

  /** What went wrong and belongs to no field, in words; null: nothing did, or it stands at its field. */
  async book() {
    if (this.#booking) return this.#pay();
    const { form, catalogue } = this.#site;
    form.errors = {};
    this.request.begin({ ...bookingBody(form), consents: consentsBody(form, catalogue, patientAge(form, catalogue)) });
    this.#site.keep();
    try {
      this.#made(...(await this.request.ask((body, key) => call("POST", "/bookings", { body, key }))));
    } catch (error) {
      return this.#refused(error);
    }
    return this.#pay();
  }

  /** On to the payment; until it is there this stays under way, so that nobody books twice. */
  async #pay() {
    try {
      await this.#booked(this.#booking, this.#site.uploads);
      return null;
    } catch (error) {
      return errorText(error);
    }
  }

  #made(made, body) {
    const { catalogue, form } = this.#site;
    const earlier = this.request.isEarlier(body);
    this.#booking = {
      ...made,
      kind: body.kind,
      slot: earlier ? body.slot : form.values.slot,
      time_zone: body.time_zone,
      channel: body.channel.type,
      shown: earlier ? made.price : offerOf(catalogue, form.values).price, // what the price was said to be
      earlier,
      paid: false,
    };
    this.#answered();
    store.booking.write(this.#booking);
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
    const { form, steps, change } = this.#site;
    const owner = ({ path }) => steps.find(({ owns }) => owns(path, form));
    form.errors = errorsByPath(fields.filter(owner));
    const step = steps.find((each) => fields.some((field) => owner(field) === each));
    if (step) change(step.id);
    return fields.filter((field) => !owner(field)).map(({ message }) => message).join(" ") || null;
  }
}
