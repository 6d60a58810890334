/** Working hours: a weekly rule of RFC 5545 as weekdays, times, every how many weeks, and between which days. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { draft } from "./catalogue_draft.js";
import { date, parts, text, ticks, time } from "./catalogue_fields.js";
import { below, fieldId } from "../shared/fields.js";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** { days, weeks } of «FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE»; null: no rule that can be shown so. */
export function ruleOf(recurrence) {
  const fields = Object.fromEntries(String(recurrence ?? "").toUpperCase().split(";").map((each) => each.split("=")));
  const days = (fields.BYDAY ?? "").split(",").filter(Boolean);
  const weeks = fields.INTERVAL ?? "1";
  return fields.FREQ === "WEEKLY" && days.every((each) => WEEKDAYS.includes(each)) ? { days, weeks } : null;
}

const recurrenceOf = ({ days, weeks }) =>
  ["FREQ=WEEKLY", ...(weeks === "1" ? [] : [`INTERVAL=${weeks}`]), `BYDAY=${WEEKDAYS.filter((each) => days.includes(each)).join(",")}`].join(";");

const dayWords = (day) => format.date(`${day}T12:00:00Z`, "UTC");

/** «Пн, Ср 09:00–13:00, раз в 2 недели, с 1 декабря 2026» */
export function hoursWords({ recurrence, from, to, valid_from: first, valid_to: last }) {
  const rule = ruleOf(recurrence);
  const days = rule ? rule.days.map((each) => t(`catalogue.weekdays.${each}`)).join(", ") : recurrence;
  const bounds = [first && t("catalogue.since", { day: dayWords(first) }), last && t("catalogue.until", { day: dayWords(last) })];
  return [`${days} ${from}–${to}`, rule && rule.weeks !== "1" && t("catalogue.everyWeeks", { weeks: rule.weeks }), ...bounds].filter(Boolean).join(", ");
}

/** «1–8 января» are two dates; one day is one. */
export const daysWords = ({ from, to }) => (from === to ? dayWords(from) : `${dayWords(from)} – ${dayWords(to)}`);

/** The editor of a list of hours at a path. */
export const hoursList = (path, options) =>
  parts(path, "hours", hoursFields, () => ({ recurrence: "FREQ=WEEKLY;BYDAY=", from: "09:00", to: "18:00" }), options);

function hoursFields(path) {
  const at = `${path}.recurrence`;
  const rule = ruleOf(draft.get(at));
  if (!rule) return html`${text(at, t("catalogue.fields.recurrence"))} ${timesFields(path)}`;
  const set = (changed) => draft.set(at, recurrenceOf({ ...rule, ...changed }));
  const toggled = (day, on) => set({ days: on ? [...rule.days, day] : rule.days.filter((each) => each !== day) });
  return html`
    ${ticks(at, t("catalogue.fields.weekdays"), WEEKDAYS.map((each) => [each, t(`catalogue.weekdays.${each}`), rule.days.includes(each)]), toggled)}
    ${timesFields(path, weeksField(path, rule, set))}
  `;
}

const timesFields = (path, weeks = nothing) => html`
  <div class="few">
    ${time(`${path}.from`, t("catalogue.fields.opens"))}
    ${time(`${path}.to`, t("catalogue.fields.closes"))}
    ${weeks}
    ${date(`${path}.valid_from`, t("catalogue.fields.valid_from"), { required: false })}
    ${date(`${path}.valid_to`, t("catalogue.fields.valid_to"), { required: false })}
  </div>
`;

function weeksField(path, rule, set) {
  const id = `${path}.weeks`;
  const typed = draft.typed.get(id);
  const read = (words) => words.trim() || "1";
  const changed = ({ target }) => {
    draft.typed.set(id, target.value);
    set({ weeks: read(target.value) });
  };
  return html`
    <div class="field">
      <label for=${fieldId(id)}>${t("catalogue.fields.weeks")}</label>
      <input id=${fieldId(id)} inputmode="numeric" maxlength="2" autocomplete="off" .value=${typed !== undefined && read(typed) === rule.weeks ? typed : rule.weeks} @input=${changed} />
      ${below(id, t("catalogue.weeksHint"), null)}
    </div>
  `;
}

/** Whole days, both included. */
export const daysList = (path, name) =>
  parts(path, name, (each) => html`<div class="few">${date(`${each}.from`, t("catalogue.fields.first"))} ${date(`${each}.to`, t("catalogue.fields.last"))}</div>`, () => ({ from: "", to: "" }));

export const extraDaysList = (path) =>
  parts(
    path,
    "extra",
    (each) => html`<div class="few">${date(`${each}.date`, t("catalogue.fields.date"))} ${time(`${each}.from`, t("catalogue.fields.opens"))} ${time(`${each}.to`, t("catalogue.fields.closes"))}</div>`,
    () => ({ date: "", from: "09:00", to: "13:00" }),
  );

