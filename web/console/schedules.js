/** Working time: hours of each doctor, holidays, what of it is free, and a day that has to be cleared. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { draft } from "./catalogue_draft.js";
import { Saving } from "./catalogue_saving.js";
import { doctorTitle } from "./catalogue_words.js";
import { Clearing } from "./clearing.js";
import { FreeWeek } from "./free_week.js";
import { daysList, daysWords, extraDaysList, hoursList, hoursWords } from "./hours.js";
import { doctorName, table } from "./show.js";

/** `path`: a doctor, or nothing for all of them. Administrators change hours, operators clear days. */
export function open({ root, session, router, catalogue, staff, path: [doctor] }) {
  const it = { session, router, catalogue, doctor, edits: staff.groups.includes("admin"), clears: staff.groups.includes("operator") };
  it.page = new Page(root, {}, () => view(it));
  if (doctor) it.week = new FreeWeek(it);
  if (doctor && it.clears) it.clearing = new Clearing({ ...it, cleared: () => it.week.load() });
  if (it.edits) it.saving = new Saving({ page: it.page, session, router, saved: () => it.week?.load() });
  it.saving?.load();
  it.week?.load();
  return {
    close() {
      draft.showOn(() => {});
      it.clearing?.close();
    },
  };
}

const view = (it) => (it.doctor ? doctorView(it) : allView(it));

const indexOf = (id) => draft.list("doctors").findIndex((each) => each.id === id);
const titleOf = ({ edits, catalogue }, id) => (edits && indexOf(id) >= 0 ? doctorTitle(draft.get(`doctors.${indexOf(id)}`)) : doctorName(catalogue, id));

function allView(it) {
  const shown = () => html`
    ${doctorsView(it)}
    <section class="card" aria-labelledby="holidays">
      <h2 id="holidays">${t("catalogue.fields.holidays")}</h2>
      <p class="quiet">${t("catalogue.hints.holidays")}</p>
      ${daysList("clinic.holidays", "holidays")}
    </section>
  `;
  return html`
    <h1>${t("console.sections.schedules")}</h1>
    ${it.edits ? it.saving?.view(shown) ?? nothing : doctorsView(it)}
  `;
}

function doctorsView({ edits, catalogue }) {
  const rows = edits ? draft.list("doctors") : catalogue.doctors;
  const name = (row) => (edits ? doctorTitle(row) : row.name);
  return table(t("console.sections.schedules"), [
    [t("desk.columns.doctor"), (row) => html`<a href="/console/schedules/${row.id}">${name(row)}</a>`],
    ...(edits
      ? [
          [t("catalogue.fields.schedule"), (row) => html`<div>${(row.schedule ?? []).map((each) => html`<div>${hoursWords(each)}</div>`)}</div>`],
          [t("catalogue.fields.days_off"), (row) => html`<div>${(row.days_off ?? []).map((each) => html`<div>${daysWords(each)}</div>`)}</div>`],
        ]
      : []),
  ], rows);
}

function doctorView(it) {
  const known = it.edits ? !draft.document || indexOf(it.doctor) >= 0 : it.catalogue.doctors.some(({ id }) => id === it.doctor);
  return html`
    <p><a href="/console/schedules">${t("catalogue.allDoctors")}</a></p>
    <h1>${known ? titleOf(it, it.doctor) : t("console.refused.unknown.title")}</h1>
    ${known
      ? html`
          <div class="split">
            <div>${it.edits ? it.saving?.view(() => editor(`doctors.${indexOf(it.doctor)}`)) ?? nothing : (it.clearing?.view() ?? nothing)}</div>
            <div>${it.week?.view() ?? nothing} ${it.edits ? it.clearing?.view() ?? nothing : nothing}</div>
          </div>
        `
      : nothing}
  `;
}

const editor = (at) => html`
  ${[
    ["schedule", hoursList(`${at}.schedule`)],
    ["days_off", daysList(`${at}.days_off`, "daysOff")],
    ["extra_days", extraDaysList(`${at}.extra_days`)],
  ].map(
    ([name, fields]) => html`
      <section class="card" aria-labelledby="card-${name}">
        <h2 id="card-${name}">${t(`catalogue.fields.${name}`)}</h2>
        <p class="quiet">${t(`catalogue.hints.${name}`)}</p>
        ${fields}
      </section>
    `,
  )}
`;
