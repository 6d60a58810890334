/** The doctor's own day (S13, S14): whom to meet now and next, how to reach them, what became of it. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { message } from "../shared/ui.js";
import { actionWindow } from "./actions.js";
import { CallbackList } from "./callback_list.js";
import { Consultation } from "./consultation.js";
import { dayBar, dayOf, todayIn } from "./day_bar.js";
import { after } from "./pages.js";
import { Part } from "./part.js";
import { Polling } from "./polling.js";

const TICK = 15_000; // milliseconds: how late «now» and «next» may be told
const REST = 5; // minutes between readings while nobody is to be met soon

export function open({ root, session, router, catalogue, staff, path: [asked] }) {
  const it = { session, router, catalogue, staff, asked: dayOf(asked), shown: new Map() };
  it.page = new Page(root, {}, () => view(it));
  const query = it.asked ? `?day=${it.asked}` : "";
  it.day = new Part(it.page, () => session.call("GET", `/internal/doctors/me/day${query}`), (answer) => told(it, answer));
  it.callbacks = new CallbackList({
    page: it.page, session, staff, catalogue, linked: true,
    ask: async (cursor) => {
      const { callbacks, next } = await session.call("GET", `/internal/callbacks${after(cursor)}`);
      return { rows: callbacks, next };
    },
  });
  const load = () => Promise.all([it.day.load(), it.callbacks.list.refresh()]);
  it.page.draw();
  load();
  let rested = 0;
  const polling = new Polling(() => {
    rested += 1;
    if (rested < REST && !it.day.value?.rows.some((each) => each.isNear)) return;
    rested = 0;
    load();
  });
  const ticking = setInterval(() => it.page.draw(), TICK);
  return {
    close() {
      polling.close();
      clearInterval(ticking);
    },
    resume: load,
  };
}

/** What is typed for a consultation, or open of it, outlives its being read again. */
function told(it, { day, clinic_zone: zone, consultations }) {
  const rows = consultations.map((row) => {
    const known = it.shown.get(row.booking_id) ?? new Consultation(it, () => it.day.load());
    it.shown.set(row.booking_id, known);
    known.row = row;
    return known;
  });
  return { day, zone, rows };
}

function view(it) {
  const today = todayIn(it.catalogue);
  const day = it.day?.value?.day ?? it.asked ?? today;
  return html`
    ${dayBar({ router: it.router, catalogue: it.catalogue, section: "day", day })}
    <div class="split">
      <div>${it.day?.view((value) => dayView(it, value, day === today)) ?? nothing}</div>
      <section class="card" aria-labelledby="own-callbacks">
        <h2 id="own-callbacks">${t("desk.callbacks.title")}</h2>
        ${it.callbacks?.view(t("day.noCallbacks")) ?? nothing}
      </section>
    </div>
  `;
}

/** What is now comes first, then what still lacks a word, then what is to come; what is over stays at the end. */
function dayView(it, { zone, rows }, isToday) {
  if (!rows.length) return html`<p class="card quiet">${t("day.none")}</p>`;
  const at = (stage) => rows.filter((each) => each.stage() === stage);
  const ahead = at("later");
  const stages = [
    ["now", at("now")],
    ["unsaid", at("unsaid")],
    ...(isToday ? [["next", ahead.slice(0, 1)], ["later", ahead.slice(1)]] : [["ahead", ahead]]),
    ["over", at("over")],
  ].filter(([, those]) => those.length);
  const window = rows.find((each) => each.action);
  return html`
    <p class="quiet">${t("day.count", { count: rows.length })}, ${t("common.byClinic")}: ${format.zoneName(zone)}. ${t("day.refreshed")}</p>
    ${repeat(stages, ([stage]) => stage, ([stage, those]) => stageView(stage, those))}
    ${window ? actionWindow(window) : nothing}
  `;
}

const stageView = (stage, rows) => html`
  <section aria-labelledby="stage-${stage}">
    <h2 id="stage-${stage}">${t(`day.stages.${stage}`)}</h2>
    ${stage === "unsaid" ? message("warning", t("day.unsaid")) : nothing}
    ${repeat(rows, ({ id }) => id, (each) => each.view(stage))}
  </section>
`;
