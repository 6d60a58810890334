/** What of a doctor's time can be booked in a week, by the schedule in force. */

import { html } from "../vendor/lit-html/lit-html.js";
import { call, now } from "../shared/api.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { grouped } from "../booking/grouped.js";
import { Part } from "./part.js";

const DAY = 24 * 60 * 60_000; // milliseconds
const DAYS = 7;

export class FreeWeek {
  #week = 0; // from today
  #part;
  #zone;

  constructor({ page, catalogue, doctor }) {
    this.#zone = catalogue.time_zone;
    this.#part = new Part(page, () => call("GET", `/slots?${new URLSearchParams({ doctor, from: this.#day(0), to: this.#day(DAYS - 1) })}`));
  }

  #day(number) {
    return format.isoDay(now() + (this.#week * DAYS + number) * DAY, this.#zone);
  }

  load() {
    return this.#part.load();
  }

  #turn(weeks) {
    this.#week += weeks;
    this.load();
  }

  view() {
    return html`
      <section class="card" aria-labelledby="free-week">
        <h2 id="free-week">${t("catalogue.free.title")}</h2>
        <p class="quiet">${t("catalogue.free.words", { zone: format.zoneName(this.#zone) })}</p>
        <div class="row">
          ${button("←", () => this.#turn(-1), { look: "plain", disabled: this.#week === 0, label: t("catalogue.free.before") })}
          ${button("→", () => this.#turn(1), { look: "plain", label: t("catalogue.free.after") })}
        </div>
        ${this.#part.view(({ slots }) => this.#days(slots))}
      </section>
    `;
  }

  #days(slots) {
    const byDay = grouped(slots, ({ clinic_time: time }) => time.slice(0, 10));
    return html`
      <dl class="facts free">
        ${Array.from({ length: DAYS }, (_, number) => this.#day(number)).map(
          (day) => html`<div><dt>${format.day(`${day}T12:00:00Z`, "UTC")}</dt><dd>${this.#times(byDay.get(day))}</dd></div>`,
        )}
      </dl>
    `;
  }

  /** A day's times as stretches: «09:00–12:30 (7)» says more than seven of them. */
  #times(slots) {
    if (!slots) return html`<span class="quiet">${t("catalogue.free.none")}</span>`;
    const stretches = [];
    for (const { start, end } of slots) {
      const last = stretches.at(-1);
      if (last && Date.parse(start) <= Date.parse(last.end)) Object.assign(last, { end, count: last.count + 1 });
      else stretches.push({ start, end, count: 1 });
    }
    return stretches.map(({ start, end, count }) => html`<div>${format.time(start, this.#zone)}–${format.time(end, this.#zone)} <span class="quiet">${t("catalogue.free.count", { count })}</span></div>`);
  }
}
