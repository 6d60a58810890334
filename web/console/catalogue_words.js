/** A place in the catalogue's document, and a value there, in words. */

import { money } from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { draft } from "./catalogue_draft.js";
import { daysWords, hoursWords } from "./hours.js";

export const doctorTitle = (doctor) =>
  [doctor?.family_name, doctor?.given_name, doctor?.patronymic].filter(Boolean).join(" ") || t("catalogue.newDoctor");

const LISTS = ["doctors", "kinds", "specialties"];

/** The part with an id or at an index, in the draft or in what is in force. */
function partOf(list, key) {
  const found = (document) => {
    const those = Array.isArray(document?.[list]) ? document[list] : [];
    return /^\d+$/.test(key) ? those[Number(key)] : those.find(({ id }) => id === key);
  };
  return found(draft.document) ?? found(draft.base);
}

const kindTitle = (id) => partOf("kinds", id)?.title ?? id;

/** «Соколова Елена», «Виды консультаций», «Клиника»: which part of the catalogue a path is in. */
export function placeWords([list, key]) {
  if (list === "doctors" && key !== undefined) return doctorTitle(partOf(list, key));
  return tryText(`catalogue.places.${list}`) ?? t("catalogue.title");
}

/** Which field of its part a path is: «Цена, Первичная консультация». */
export function fieldWords(path) {
  const [list, key, ...rest] = path;
  if (LISTS.includes(list) && key === undefined) return t("catalogue.order");
  const inner = LISTS.includes(list) ? rest : path.slice(1);
  if (!inner.length) return LISTS.includes(list) ? partOf(list, key)?.title ?? t("catalogue.whole") : t("catalogue.whole");
  const names = inner.filter((each) => !/^\d+$/.test(each));
  const [first, ...more] = names;
  if (first === "offers" && more.length) return [tryText(`catalogue.fields.${more[1] ?? "offer"}`), kindTitle(more[0])].filter(Boolean).join(", ");
  return names.map((each) => tryText(`catalogue.fields.${each}`) ?? each).slice(-2).join(": ");
}

/** A value of the document for people; `path` says what it is. */
export function valueWords(path, value) {
  const name = path.at(-1);
  if (value === undefined || value === null) return t("catalogue.nothing");
  if (name === "price") return typeof value === "number" ? money(value) : value;
  if (Array.isArray(value)) return value.length ? value.map((each) => itemWords(name, each)).join("; ") : t("catalogue.nothing");
  if (typeof value === "object") return objectWords(path, value);
  return String(value);
}

function itemWords(name, value) {
  if (typeof value !== "object") return { channels: tryText(`channels.${value}`), specialties: partOf("specialties", value)?.title, languages: tryText(`catalogue.languages.${value}`), kinds: kindTitle(value) }[name] ?? String(value);
  if (value.recurrence) return hoursWords(value);
  if (value.date) return `${daysWords({ from: value.date, to: value.date })} ${value.from}–${value.to}`;
  return value.from && value.to ? daysWords(value) : JSON.stringify(value);
}

function objectWords(path, value) {
  if (value.family_name) return doctorTitle(value);
  if (value.title) return value.title;
  if (path.at(-2) === "offers") return `${valueWords(["price"], value.price)}, ${t("common.minutes", { count: value.minutes })}`;
  return Object.entries(value).map(([name, each]) => `${fieldWords(["", name])}: ${valueWords([...path, name], each)}`).join("; ");
}
