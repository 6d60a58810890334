/** What outlives a reload of this tab and not the tab: it is personal, so it lies in sessionStorage alone. */

const refused = {}; // what the storage did not take: it is off, or full; the page works on until it is left

const read = (name) => {
  if (name in refused) return refused[name];
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null; // storage is off, or another version of the page wrote it
  }
};

const write = (name, value) => {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
    delete refused[name];
  } catch {
    refused[name] = value;
  }
};

/** Something of its own, by its name. */
export function kept(name) {
  return { read: () => read(name), write: (value) => write(name, value) };
}

/**
 * What was typed. `{ values, names, key, sent }`: the form's values, the names of the chosen files; while a request to
 * book is unanswered, its Idempotency-Key and the bodies that were sent with it, the latest first.
 */
export const draft = kept("draft");

/** The booking that was made, with the capability that opens it: `{ booking_id, capability, hold_until, price, slot, … }`. */
export const booking = kept("booking");
