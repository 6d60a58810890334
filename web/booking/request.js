/** A request to book, until somebody has answered it. */

import { newKey } from "../shared/api.js";

export class BookingRequest {
  /** `key`, `sent`: of an earlier one that nobody has answered; the bodies that were sent with the key, the latest first. */
  constructor({ key = null, sent = [] } = {}) {
    Object.assign(this, { key, sent });
  }

  /** The body that is sent next, and the key of all that are. */
  begin(body) {
    this.key ??= newKey();
    this.sent = [body, ...this.sent];
  }

  /**
   * Ask for the booking: what was made, and of which body. A request that was never answered may have made a booking all
   * the same: then the form as it was sent with it asks for that one. `send(body, key)` does it.
   */
  async ask(send) {
    for (const each of this.sent) {
      try {
        return [await send(each, this.key), each];
      } catch (error) {
        if (error.code !== "idempotency_conflict" || each === this.sent.at(-1)) throw error;
      }
    }
  }

  /** Whether a body that was answered is of what had been typed before it was changed. */
  isEarlier(body) {
    return body !== this.sent[0];
  }

  answered() {
    this.key = null;
    this.sent = [];
  }
}
