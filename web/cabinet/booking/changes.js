/** Another time, a cancellation, the calendar, what was signed. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { now } from "../../shared/api.js";
import { longField } from "../../shared/fields.js";
import { money } from "../../shared/format.js";
import { t } from "../../shared/texts.js";
import { button } from "../../shared/ui.js";
import { Deed } from "../deed.js";
import { changeable } from "../next.js";
import { save } from "../save.js";

export function changesOf({ page, session, router, base, id, dialogs, changed }) {
  let why = "";
  const cancelling = new Deed(page, (body) => session.call("POST", `${base}/cancellation`, { body }));
  const calendar = new Deed(page, () => session.call("GET", `${base}/calendar`));

  async function toCalendar() {
    const file = await calendar.run();
    if (file) save("consultation.ics", "text/calendar", file);
  }

  function cancel(booking) {
    const received = booking.price - booking.due;
    const what = received ? t("inside.cancel.money", { amount: money(received) }) : t("inside.cancel.unpaid");
    dialogs.confirm(t("inside.cancel.title"), html`<p>${what}</p>`, {
      yes: t("inside.cancel.yes"),
      deed: cancelling,
      paths: ["why"],
      more: () =>
        longField({ values: { why }, errors: cancelling.errors }, "why", t("inside.cancel.why"), (value) => { why = value; page.draw(); }, {
          required: false, maxlength: 500, rows: 2,
        }),
      act: () => cancelling.run(why.trim() ? { why: why.trim() } : {}),
      done: (after) => changed(after, received ? t("inside.cancel.doneMoney", { amount: money(received) }) : t("inside.cancel.done")),
    });
  }

  const view = (booking, step) => html`
    ${calendar.told()}
    <div class="row actions">
      ${step === "wait" || step === "join"
        ? button(t("cabinet.calendar"), toCalendar, { look: "plain", busy: calendar.busy })
        : nothing}
      ${page.state.signed?.value?.signatures.length
        ? html`<a class="button plain" href=${router.to("bookings", id, "signed")}>${t("inside.signed.open")}</a>`
        : nothing}
      ${changeable(booking, now()) && step !== "lapsed"
        ? html`
            <a class="button plain" href=${router.to("bookings", id, "move")}>${t("inside.move.open")}</a>
            ${button(t("inside.cancel.open"), () => cancel(booking), { look: "danger" })}
          `
        : nothing}
    </div>
  `;

  return { view };
}
