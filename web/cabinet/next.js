/** What a booking waits for, by its row and the clock. A pure function: the page only shows what it says. */

const OPENS_BEFORE = 15 * 60_000; // milliseconds: as the API opens the join link
const CLOSES_AFTER = 15 * 60_000;

/**
 * The next step of a booking. `now`: milliseconds.
 *
 * consents, pay: until `booking.hold_until`. lapsed: the hold ran out, its end is not written yet. arranging: paid, the
 * appointment is being made. wait, join: before and after the door opens. verdict: its time is over, nobody has said yet
 * what became of it. held, credited: it is over. again: cancelled or not paid.
 */
export function nextStep(booking, now) {
  switch (booking.status) {
    case "AWAITING_CONSENT":
    case "AWAITING_PAYMENT":
      if (booking.paid_at) return "arranging";
      if (now >= Date.parse(booking.hold_until)) return "lapsed";
      return booking.status === "AWAITING_CONSENT" ? "consents" : "pay";
    case "SCHEDULED":
      if (now < opensAt(booking)) return "wait";
      return now <= Date.parse(booking.slot.end) + CLOSES_AFTER ? "join" : "verdict";
    case "COMPLETED":
      return "held";
    case "NOT_HELD":
      return "credited";
    default:
      return "again";
  }
}

/** When the way into the consultation opens, in milliseconds. */
export const opensAt = (booking) => Date.parse(booking.slot.start) - OPENS_BEFORE;

/** Whether a booking can still be moved or cancelled. */
export const changeable = (booking, now) =>
  ["AWAITING_CONSENT", "AWAITING_PAYMENT", "SCHEDULED"].includes(booking.status) && now < Date.parse(booking.slot.start);

/** How a state is coloured: what waits for the patient, what is well, what is over badly. */
export const mood = (booking) =>
  ({ AWAITING_CONSENT: "wait", AWAITING_PAYMENT: "wait", SCHEDULED: "good", COMPLETED: "good", REFUSED: "bad", EXPIRED: "bad", NOT_HELD: "bad" })[booking.status] ?? "";
