/** Who signs which document, by the patient's age on the consultation's day (§4). */

const SIGNS_MEDICAL_CONSENT = 15;
const ADULT = 18;

/** Full years on a day; both as YYYY-MM-DD. */
export function ageOn(born, day) {
  const years = Number(day.slice(0, 4)) - Number(born.slice(0, 4));
  return day.slice(5) < born.slice(5) ? years - 1 : years;
}

/** Who signs everything that the law gives to nobody else. */
export const whoBooks = (age) => (age >= ADULT ? "patient" : "representative");

/** `patient` or `representative`. */
export const signerOf = (document, age) =>
  document === "medical_consent" && age >= SIGNS_MEDICAL_CONSENT ? "patient" : whoBooks(age);
