/** The head of a day's page: which day it is, and the way to others. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import * as format from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";

const DAY = 24 * 60 * 60_000; // milliseconds

/** The day of an address, or null. */
export const dayOf = (asked) => (/^\d{4}-\d\d-\d\d$/.test(asked ?? "") ? asked : null);

export const todayIn = (catalogue) => format.isoDay(now(), catalogue.time_zone);

/** `section`: whose days they are. A date goes on when it is whole, which nobody but who types it knows. */
export function dayBar({ router, catalogue, section, day }) {
  const at = Date.parse(`${day}T12:00:00Z`);
  const other = (days) => router.to(section, new Date(at + days * DAY).toISOString().slice(0, 10));
  const isToday = day === todayIn(catalogue);
  const go = (event) => {
    event.preventDefault();
    const { value } = event.target.elements.day;
    if (value && value !== day) router.go(section, value);
  };
  return html`
    <div class="bar">
      <h1>${isToday ? t("desk.today.title", { day: format.day(at, "UTC") }) : format.day(at, "UTC")}</h1>
      <nav class="row" aria-label=${t("desk.today.days")}>
        <a class="button plain" href=${other(-1)} aria-label=${t("desk.today.before")}>←</a>
        ${isToday ? nothing : html`<a class="button plain" href=${router.to(section)}>${t("desk.today.back")}</a>`}
        <a class="button plain" href=${other(1)} aria-label=${t("desk.today.after")}>→</a>
        <form class="row" novalidate @submit=${go}>
          <input type="date" name="day" aria-label=${t("desk.today.day")} .value=${day} />
          ${button(t("desk.today.show"), null, { type: "submit", look: "plain" })}
        </form>
      </nav>
    </div>
  `;
}
