/** What a booking waits for, by its row and the clock; and what keeps a page true to both while it stays open. */

import { ApiError } from "../shared/api.js";

const NEAR = 3_600_000; // milliseconds before the start
const TICK = 20_000; // milliseconds
const LOOK = 60_000; // milliseconds, where something may happen at any moment

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
      if (now < Date.parse(booking.opens_at)) return "wait";
      return now <= Date.parse(booking.closes_at) ? "join" : "verdict";
    case "COMPLETED":
      return "held";
    case "NOT_HELD":
      return "credited";
    default:
      return "again";
  }
}

/** Whether it is about to begin, or its end is about to be told: then others may change it at any moment. */
export const near = ({ status, slot }, now) => status === "SCHEDULED" && now > Date.parse(slot.start) - NEAR;

/** Whether a booking can still be moved or cancelled. */
export const changeable = (booking, now) =>
  ["AWAITING_CONSENT", "AWAITING_PAYMENT", "SCHEDULED"].includes(booking.status) && now < Date.parse(booking.slot.start);

/** How a state is coloured: what waits for the patient, what is well, what is over badly. */
export const mood = (booking) =>
  ({ AWAITING_CONSENT: "wait", AWAITING_PAYMENT: "wait", SCHEDULED: "good", COMPLETED: "good", REFUSED: "bad", EXPIRED: "bad", NOT_HELD: "bad" })[booking.status] ?? "";

/**
 * `tick()` is called every few seconds; `look()` promises to ask anew: when the page comes into sight again, and each
 * minute while it is in sight and `near()`. Returns what ends it.
 */
export function keepFresh({ tick, look, near }) {
  let looked = Date.now();
  function seen() {
    if (document.visibilityState !== "visible") return;
    looked = Date.now();
    look().catch((error) => {
      if (!(error instanceof ApiError)) throw error; // without an answer it stays as it was
    });
  }
  const timer = setInterval(() => {
    tick();
    if (near() && Date.now() - looked >= LOOK) seen();
  }, TICK);
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
