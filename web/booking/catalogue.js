/** What the clinic's catalogue (GET /catalogue) says to whoever books. */

export const UNSURE = "unsure"; // «Не знаю»
export const ADULT = 18; // full years
const WHERE_UNSURE = { self: "therapist", child: "pediatrician" };

/** Full years on a day; both as YYYY-MM-DD. */
export function ageOn(born, day) {
  const years = Number(day.slice(0, 4)) - Number(born.slice(0, 4));
  return day.slice(5) < born.slice(5) ? years - 1 : years;
}

/** Whether patients of this age, in full years, are the doctor's. */
export const treats = ({ treats: { from_age, to_age } }, age) => age >= from_age && (to_age === null || age <= to_age);

/** The specialty that was chosen; for «Не знаю» the therapist or the pediatrician, once it is known for whom. */
export const resolved = (specialty, who) => (specialty === UNSURE ? WHERE_UNSURE[who] : specialty);

export const titleOf = (list, id) => list.find((each) => each.id === id)?.title ?? id;

export const doctorOf = (catalogue, id) => catalogue.doctors.find((each) => each.id === id);

/** The doctors who hold a kind of consultation, of a specialty if one is named. */
export const doctorsOf = (catalogue, kind, specialty) =>
  catalogue.doctors.filter((each) => each.offers[kind] && (!specialty || each.specialties.includes(specialty)));

/** The specialties that have a doctor for this kind, «Не знаю» last. */
export function specialtiesOf(catalogue, kind) {
  const named = catalogue.specialties.filter(({ id }) => id !== UNSURE && doctorsOf(catalogue, kind, id).length);
  const unsure = catalogue.specialties.filter(({ id }) => id === UNSURE && named.some((each) => Object.values(WHERE_UNSURE).includes(each.id)));
  return [...named, ...unsure];
}

/** Price in kopecks and length in minutes of what was chosen; null while no doctor is. */
export const offerOf = (catalogue, values) => doctorOf(catalogue, values.slot?.doctor ?? values.doctor)?.offers[values.kind] ?? null;

/** The lowest price of a kind, in kopecks; of a specialty if one is named. */
export const lowestPrice = (catalogue, kind, specialty) =>
  Math.min(...doctorsOf(catalogue, kind, specialty).map(({ offers }) => offers[kind].price));
