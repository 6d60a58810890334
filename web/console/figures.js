/** The clinic's figures: bookings by state, the way from form to consultation, no-shows, money. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, now } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import * as format from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, failed, loading, message } from "../shared/ui.js";
import { bars, legend, numbers } from "./chart.js";
import { fieldsOf, newForm, problem, sent } from "./form.js";
import { doctorName, shortName } from "./show.js";

const DAY = 24 * 60 * 60_000; // milliseconds
const PERIODS = [7, 30, 90]; // days, today among them
const STEPS = ["booked", "consented", "paid", "scheduled", "held"];
const OUTCOMES = ["held", "patient_absent", "doctor_absent", "technical", "unknown"];
const CAME = ["came_in_by_provider", "came_in_at_desk", "refunded_by_provider", "refunded_at_desk", "revenue"];
const LIES = ["held_now", "balances_now", "refunds_now"];

const shares = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 });

export function open({ root, session, catalogue }) {
  const it = { session, catalogue, shown: null, error: null, busy: false, turn: 0, form: newForm(lastDays(30, catalogue.time_zone)) };
  it.page = new Page(root, {}, () => view(it));
  load(it);
  return { close() {} };
}

const lastDays = (count, zone) => ({ from: format.isoDay(now() - (count - 1) * DAY, zone), to: format.isoDay(now(), zone) });

/** Read the figures of the days in the form; what is shown stays until there are others. */
async function load(it) {
  const turn = ++it.turn;
  Object.assign(it, { busy: true, error: null });
  it.form.errors = {};
  it.page.draw();
  try {
    const { from, to } = it.form.values;
    const shown = await it.session.call("GET", `/internal/figures?${new URLSearchParams({ from, to })}`);
    if (turn === it.turn) it.shown = shown;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (turn !== it.turn) return;
    it.error = error.fields.length ? null : error;
    it.form.errors = errorsByPath(error.fields);
    if (error.fields.length) it.page.focus("form .summary");
  } finally {
    if (turn === it.turn) it.busy = false;
    it.page.draw();
  }
}

const view = (it) => html`
  <h1>${t("console.sections.figures")}</h1>
  ${periodView(it)}
  ${it.error ? (it.error.status === 404 ? message("info", it.error.message) : failed(it.error, () => load(it))) : nothing}
  ${it.shown ? figuresView(it) : it.error || Object.keys(it.form.errors).length ? nothing : loading()}
`;

function periodView(it) {
  const fields = fieldsOf(it.page, it.form);
  const { from, to } = it.form.values;
  const choose = (days) => {
    it.form.values = lastDays(days, it.catalogue.time_zone);
    load(it);
  };
  return html`
    <form class="card" novalidate @submit=${sent(() => load(it))}>
      ${problem(it.form)}
      <div class="row" role="group" aria-label=${t("figures.period")}>
        ${PERIODS.map((days) => {
          const period = lastDays(days, it.catalogue.time_zone);
          const pressed = period.from === from && period.to === to;
          return html`<button type="button" class="plain" aria-pressed=${pressed ? "true" : "false"} @click=${() => choose(days)}>${t("figures.days", { count: days })}</button>`;
        })}
      </div>
      <div class="few dates">
        ${fields.text("from", t("figures.from"), { type: "date" })} ${fields.text("to", t("figures.to"), { type: "date" })}
        <div class="field">${button(t("figures.show"), null, { type: "submit", busy: it.busy })}</div>
      </div>
    </form>
  `;
}

function figuresView({ shown, catalogue }) {
  const day = (iso) => format.date(`${iso}T12:00:00Z`, "UTC");
  const names = { doctor: (id) => doctorName(catalogue, id), channel: (id) => t(`channels.${id}`) };
  return html`
    <p class="quiet" role="status">${t("figures.counted", { from: day(shown.from_day), to: day(shown.to_day), moment: format.moment(shown.counted_at, catalogue.time_zone), zone: format.zoneName(catalogue.time_zone) })}</p>
    <div class="charts">
      ${statesCard(shown.bookings)}
      ${funnelCard(shown.funnel)}
      ${absenceCard("doctors", shown.by_doctor, names.doctor)}
      ${absenceCard("channels", shown.by_channel, names.channel)}
      ${moneyCard(shown.money)}
    </div>
  `;
}

const card = (name, content) => html`
  <section class="card" aria-labelledby="figures-${name}">
    <h2 id="figures-${name}">${t(`figures.cards.${name}`)}</h2>
    <p class="quiet">${t(`figures.about.${name}`)}</p>
    ${content}
  </section>
`;

const none = () => html`<p class="empty">${t("figures.none")}</p>`;

function statesCard(bookings) {
  const rows = Object.entries(bookings).map(([state, count]) => ({ name: t(`states.${state}`), count }));
  const whole = rows.reduce((sum, { count }) => sum + count, 0);
  const title = t("figures.cards.states");
  if (!whole) return card("states", none());
  return card("states", html`
    ${bars(title, rows.filter(({ count }) => count).map(({ name, count }) => ({ name, words: count, parts: [count] })))}
    ${numbers(title, [
      [t("figures.columns.state"), ({ name }) => name],
      [t("figures.columns.bookings"), ({ count }) => count],
      [t("figures.columns.share"), ({ count }) => shares.format(count / whole)],
    ], rows)}
  `);
}

function funnelCard({ site, operator }) {
  const rows = STEPS.map((step) => ({ name: t(`figures.steps.${step}`), site: site[step], operator: operator[step], both: site[step] + operator[step] }));
  const whole = rows[0].both;
  const title = t("figures.cards.funnel");
  const share = ({ both }) => shares.format(both / whole);
  if (!whole) return card("funnel", none());
  return card("funnel", html`
    ${legend(t("desk.doors.site"), t("desk.doors.operator"))}
    ${bars(title, rows.map((row) => ({ name: row.name, words: `${row.both}, ${share(row)}`, parts: [row.site, row.operator] })), whole)}
    ${numbers(title, [
      [t("figures.columns.step"), ({ name }) => name],
      [t("desk.doors.site"), (row) => row.site],
      [t("desk.doors.operator"), (row) => row.operator],
      [t("figures.columns.both"), ({ both }) => both],
      [t("figures.columns.share"), share],
    ], rows)}
  `);
}

function absenceCard(name, by, nameOf) {
  const rows = Object.entries(by).map(([id, found]) => ({ name: nameOf(id), ...found, whole: OUTCOMES.reduce((sum, each) => sum + found[each], 0) }));
  const title = t(`figures.cards.${name}`);
  const share = (row) => shares.format(row.no_show_permille / 1000);
  if (!rows.length) return card(name, none());
  return card(name, html`
    ${bars(title, rows.map((row) => ({ name: name === "doctors" ? shortName(row.name) : row.name, words: share(row), parts: [row.no_show_permille] })), 1000)}
    ${numbers(title, [
      [t(`figures.columns.${name}`), (row) => row.name],
      [t("figures.columns.absent"), share],
      [t("figures.columns.whole"), ({ whole }) => whole],
      ...OUTCOMES.map((each) => [t(`figures.outcomes.${each}`), (row) => row[each]]),
    ], rows)}
  `);
}

function moneyCard(money) {
  const rowsOf = (names) => names.map((each) => ({ name: t(`figures.money.${each}`), amount: money[each] }));
  const title = t("figures.cards.money");
  const drawn = (rows) => bars(title, rows.map(({ name, amount }) => ({ name, words: format.money(amount), parts: [amount] })), Math.max(1, ...Object.values(money)));
  return card("money", html`
    <h3>${t("figures.inDays")}</h3>
    ${drawn(rowsOf(CAME))}
    <h3>${t("figures.lies")}</h3>
    ${drawn(rowsOf(LIES))}
    ${numbers(title, [[t("figures.columns.money"), ({ name }) => name], [t("desk.columns.amount"), ({ amount }) => format.money(amount)]], rowsOf([...CAME, ...LIES]))}
  `);
}
