/**
 * The console's sections, in the order of its menu. `groups`: who sees one; the API alone decides what they may.
 *
 * `texts`: the files of words that a section needs besides `console` and `desk`; `styles`: the sheet that it needs besides
 * the console's. `menu: false`: opened from other sections.
 * A section's module gives `open({ root, session, router, catalogue, path, staff })`: it draws itself in `root`, with an
 * `<h1>` from the beginning, and returns `{ close(), resume?() }`: `resume` reads again what is shown, where its reader was
 * away. `path`: the address behind the section's own part.
 */

const OPERATOR = "operator";
const DOCTOR = "doctor";
const ADMIN = "admin";

const STYLES = "/booking/booking.css"; // where times are chosen

export const SECTIONS = [
  { path: "day", groups: [DOCTOR], texts: ["day", "actions"], load: () => import("./day.js") },
  { path: "today", groups: [OPERATOR], load: () => import("./today.js") },
  { path: "search", groups: [OPERATOR], load: () => import("./search.js") },
  { path: "book", groups: [OPERATOR], texts: ["booking_by_phone"], styles: STYLES, load: () => import("./book.js") },
  { path: "tasks", groups: [OPERATOR, ADMIN], load: () => import("./tasks.js") },
  { path: "callbacks", groups: [OPERATOR, DOCTOR], load: () => import("./callbacks.js") },
  { path: "schedules", groups: [OPERATOR, ADMIN], texts: ["catalogue", "actions"], load: () => import("./schedules.js") },
  { path: "catalogue", groups: [ADMIN], texts: ["catalogue"], load: () => import("./catalogue.js") },
  { path: "figures", groups: [OPERATOR, ADMIN], texts: ["figures"], load: () => import("./figures.js") },
  { path: "bookings", groups: [OPERATOR, DOCTOR], menu: false, texts: ["booking_by_phone", "record", "actions"], styles: STYLES, load: () => import("./booking.js") },
  { path: "holders", groups: [OPERATOR], menu: false, texts: ["record", "actions"], load: () => import("./holder.js") },
  { path: "account", groups: [OPERATOR, DOCTOR, ADMIN], menu: false, texts: ["account"], load: () => import("./account.js") },
];

const seenBy = (section, groups) => section.groups.some((each) => groups.includes(each));

/** What stands in the menu of somebody in these groups. */
export const menuOf = (groups) => SECTIONS.filter((each) => each.menu !== false && seenBy(each, groups));

/** The section of an address: {section}, or {refused: "unknown" | "forbidden"}. Without one, where the day begins. */
export function sectionOf([first], groups) {
  const section = first === undefined ? menuOf(groups)[0] : SECTIONS.find((each) => each.path === first);
  if (!section) return { refused: first === undefined ? "forbidden" : "unknown" };
  return seenBy(section, groups) ? { section } : { refused: "forbidden" };
}
