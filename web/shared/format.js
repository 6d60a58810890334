/** Money, moments and durations as people read them. Kopecks and UTC come in. */

import { t, tryText } from "./texts.js";

const language = document.documentElement.lang;
const roubles = new Intl.NumberFormat(language, { style: "currency", currency: "RUB" });
const wholeRoubles = new Intl.NumberFormat(language, { style: "currency", currency: "RUB", maximumFractionDigits: 0 });

/** Kopecks as roubles: «2 500 ₽», «2 500,50 ₽». */
export const money = (kopecks) => (kopecks % 100 ? roubles : wholeRoubles).format(kopecks / 100);

/** Roubles as somebody typed them, in kopecks; null: no amount. */
export function kopecks(typed) {
  const found = /^\s*(\d{1,7})(?:[.,](\d{1,2}))?\s*(?:₽|р\.?|руб\.?)?\s*$/i.exec(typed.replaceAll(/(\d)[\s\u00a0]+(?=\d)/g, "$1"));
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

const formats = new Map();
function format(zone, options) {
  const key = JSON.stringify([zone, options]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language, { timeZone: zone, ...options }));
  return formats.get(key);
}

/** «четверг, 26 ноября» */
export const day = (moment, zone) => format(zone, { weekday: "long", day: "numeric", month: "long" }).format(new Date(moment));

/** «26 ноября 2026» */
export const date = (moment, zone) => format(zone, { dateStyle: "long" }).format(new Date(moment)).replace(/ г\.$/, "");

/** «14:30» */
export const time = (moment, zone) => format(zone, { hour: "2-digit", minute: "2-digit" }).format(new Date(moment));

/** «26.11.2026, 14:30» */
export const moment = (at, zone) => format(zone, { dateStyle: "short", timeStyle: "short" }).format(new Date(at));

/** The day of a moment in a zone, as YYYY-MM-DD. */
export function isoDay(at, zone) {
  const parts = Object.fromEntries(
    format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(new Date(at)).map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** What a clock in a zone shows («2026-12-01T14:30»), as the moment that it is: ISO 8601, UTC. */
export function momentIn(zone, shown) {
  const asUtc = Date.parse(`${shown}Z`);
  const ahead = (at) => offset(zone, at) * 60_000;
  return new Date(asUtc - ahead(asUtc - ahead(asUtc))).toISOString();
}

/** A zone by its city and what it differs from Moscow by then: «Новосибирск, МСК+4». */
export function zoneName(zone, at = Date.now()) {
  return `${tryText(`zones.${zone}`) ?? zone.split("/").at(-1).replaceAll("_", " ")}, ${moscowOffset(zone, at)}`;
}

/** «МСК», «МСК+4», «МСК-1», «МСК+2:30» */
export function moscowOffset(zone, at = Date.now()) {
  const ahead = offset(zone, at) - offset("Europe/Moscow", at); // minutes
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  const far = minutes ? `${hours}:${String(minutes).padStart(2, "0")}` : hours;
  return ahead ? `${t("format.moscow")}${ahead > 0 ? "+" : "-"}${far}` : t("format.moscow");
}

function offset(zone, at) {
  const name = format(zone, { timeZoneName: "longOffset" }).formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName").value;
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name);
  return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
}

/** Milliseconds as a clock counts them down: «29:05», «1:02:03». */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((each) => String(each).padStart(2, "0"));
  return seconds >= 3600 ? [Math.floor(seconds / 3600), ...parts].join(":") : parts.join(":").replace(/^0(?=\d:)/, "");
}

/** Bytes: «1,2 МБ». */
export function size(bytes) {
  const unit = bytes < 1024 * 1024 ? "kilobyte" : "megabyte";
  const value = bytes / (unit === "kilobyte" ? 1024 : 1024 * 1024);
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
