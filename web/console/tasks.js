/** What operators have to look at, and the way to where each is answered. It refreshes itself. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t, tryText } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { Pages, after } from "./pages.js";
import { Polling } from "./polling.js";
import { doctorName, stateBadge, table, taskPlace } from "./show.js";

export function open({ root, session, catalogue, staff }) {
  const page = new Page(root, {}, ({ list }) => view(list, { catalogue, staff }));
  const list = new Pages(page, async (cursor) => {
    const { tasks, next } = await session.call("GET", `/internal/tasks${after(cursor)}`);
    return { rows: tasks, next };
  });
  page.change({ list });
  list.load();
  const polling = new Polling(() => list.refresh());
  return { close: () => polling.close(), resume: () => list.refresh() };
}

function view(list, context) {
  return html`
    <div class="bar">
      <h1>${t("console.sections.tasks")}</h1>
      ${button(t("desk.refresh"), () => list.load(), { look: "plain", busy: list?.busy })}
    </div>
    <p class="quiet">${t("desk.tasks.words")}</p>
    ${list?.view((rows) => tasksTable(rows, context), t("desk.tasks.none")) ?? nothing}
  `;
}

const tasksTable = (rows, { catalogue, staff }) =>
  table(t("console.sections.tasks"), [
    [t("desk.columns.task"), (row) => html`${placeOf(row, staff)}<small>${tryText(`desk.tasks.kinds.${row.kind}`)}</small>`],
    [t("desk.columns.since"), (row) => format.moment(row.since, catalogue.time_zone)],
    [t("desk.columns.when"), (row) => (row.slot ? format.moment(row.slot.start, catalogue.time_zone) : nothing)],
    [t("desk.columns.doctor"), (row) => (row.slot ? doctorName(catalogue, row.slot.doctor) : nothing)],
    [t("desk.columns.state"), (row) => (row.status ? stateBadge(row.status) : nothing)],
  ], rows);

/** The words of a task as a way to its place. Who only looks, as an administrator does, goes nowhere. */
function placeOf(row, staff) {
  if (!staff.groups.includes("operator") || !row.booking_id) return row.words;
  return html`<a href=${taskPlace(row)}>${row.words}</a>`;
}
