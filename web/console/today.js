/** What is going on on a day of the clinic: all doctors' bookings, and what waits for an operator. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { dayBar, dayOf, todayIn } from "./day_bar.js";
import { Part } from "./part.js";
import { Polling } from "./polling.js";
import { doctorName, kindTitle, phoneLink, stateBadge, table, taskPlace } from "./show.js";

const SHOWN = 5; // of the tasks and of the callbacks; their own sections have all

export function open({ root, session, router, catalogue, path: [asked] }) {
  const day = dayOf(asked) ?? todayIn(catalogue);
  const page = new Page(root, { day }, (state) => view(state, { catalogue, router }));
  const ask = (name, address) => new Part(page, async () => (await session.call("GET", address))[name]);
  const parts = {
    bookings: ask("bookings", `/internal/days/${day}`),
    tasks: ask("tasks", "/internal/tasks"),
    callbacks: ask("callbacks", "/internal/callbacks"),
  };
  const load = () => Object.values(parts).forEach((each) => each.load());
  page.change(parts);
  load();
  const polling = new Polling(load);
  return { close: () => polling.close() };
}

function view(state, { catalogue, router }) {
  return html`
    ${dayBar({ router, catalogue, section: "today", day: state.day })}
    <div class="split mostly">
      <section aria-label=${t("desk.today.bookings")}>${state.bookings.view((rows) => bookingsView(rows, catalogue))}</section>
      <div>
        ${waitingView("tasks", state.tasks, taskRow)}
        ${waitingView("callbacks", state.callbacks, (row) => callbackRow(row, catalogue))}
      </div>
    </div>
  `;
}

function bookingsView(rows, catalogue) {
  if (!rows.length) return html`<p class="card quiet">${t("desk.today.none")}</p>`;
  return html`
    <p class="quiet">${t("desk.today.count", { count: rows.length })}, ${t("common.byClinic")}: ${format.zoneName(catalogue.time_zone)}</p>
    ${table(t("desk.today.bookings"), [
      [t("desk.columns.time"), (row) => timeCell(row, catalogue)],
      [t("desk.columns.patient"), (row) => html`${row.patient}${row.holder === row.patient ? nothing : html`<small>${t("desk.columns.holder")}: ${row.holder}</small>`}`],
      [t("desk.columns.phone"), (row) => phoneLink(row.phone)],
      [t("desk.columns.doctor"), (row) => html`${doctorName(catalogue, row.slot.doctor)}<small>${kindTitle(catalogue, row.kind)}, ${t(`channels.${row.channel}`)}</small>`],
      [t("desk.columns.state"), (row) => stateCell(row)],
    ], rows)}
  `;
}

function timeCell({ booking_id, slot }, catalogue) {
  const going = Date.parse(slot.start) <= now() && now() < Date.parse(slot.end);
  return html`
    <a class="nowrap" href="/console/bookings/${booking_id}">${format.time(slot.start, catalogue.time_zone)}–${format.time(slot.end, catalogue.time_zone)}</a>
    ${going ? html`<span class="state good">${t("desk.today.going")}</span>` : nothing}
  `;
}

const stateCell = (row) => html`
  ${stateBadge(row.status)}
  ${row.outcome && row.outcome !== "held" ? html`<small>${t(`outcomes.${row.outcome}`)}</small>` : nothing}
  ${row.task ? html`<span class="state bad">${t("desk.columns.task")}</span>` : nothing}
`;

function waitingView(name, part, row) {
  const count = part.value?.length;
  return html`
    <section class="card" aria-labelledby="${name}-waiting">
      <header>
        <h2 id="${name}-waiting">${t(`console.sections.${name}`)}${count ? html` <span class="state wait">${count}</span>` : nothing}</h2>
        <a href="/console/${name}">${t("desk.today.all")}</a>
      </header>
      ${part.view((found) =>
        found.length ? html`<ul class="plain-list">${found.slice(0, SHOWN).map(row)}</ul>` : html`<p class="quiet">${t(`desk.${name}.none`)}</p>`,
      )}
    </section>
  `;
}

const taskRow = (task) => html`<li>${task.booking_id ? html`<a href=${taskPlace(task)}>${task.words}</a>` : task.words}</li>`;

const callbackRow = ({ name, booking_id, answer_by, overdue }, catalogue) => html`
  <li>
    <a href="/console/bookings/${booking_id}/callbacks">${name}</a>
    <small class=${overdue ? "late" : ""}>${t("desk.callbacks.by", { moment: format.moment(answer_by, catalogue.time_zone) })}</small>
  </li>
`;
