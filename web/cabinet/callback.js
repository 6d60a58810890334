/** A request for the doctor's call: how it stands, and its withdrawal. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { Deed } from "./deed.js";
import { inLine } from "./when.js";

const MOODS = { OPEN: "wait", DONE: "good", NOT_REACHED: "bad" };

/** One request. `withdraw(callback)`; `more`: what stands besides, such as the way to its booking. */
export const asked = (each, zones, withdraw, more = nothing) => html`
  <article class="callback">
    <p><span class="state ${MOODS[each.status] ?? ""}">${t(`inside.callback.states.${each.status}`)}</span></p>
    <p class="preformatted">${each.question}</p>
    <p class="quiet">
      ${t("inside.callback.askedAt", { at: inLine(each.asked_at, zones) })}
      ${each.status === "OPEN"
        ? html`<br />${each.not_before ? t("inside.callback.notBeforeAt", { at: inLine(each.not_before, zones) }) : nothing}
            ${t("inside.callback.answerBy", { at: inLine(each.answer_by, zones) })}`
        : nothing}
    </p>
    <div class="row">
      ${more}
      ${each.status === "OPEN" ? button(t("inside.callback.withdraw"), () => withdraw(each), { look: "plain" }) : nothing}
    </div>
  </article>
`;

/** A function that withdraws a request, once that was confirmed. */
export function withdrawal(page, session, dialogs, done) {
  const path = ({ booking_id, callback }) =>
    `/me/bookings/${encodeURIComponent(booking_id)}/callbacks/${encodeURIComponent(callback)}/withdrawal`;
  const deed = new Deed(page, (each) => session.call("POST", path(each)));
  return (each) =>
    dialogs.confirm(t("inside.callback.withdrawTitle"), html`<p>${t("inside.callback.withdrawWhat")}</p>`, {
      yes: t("inside.callback.withdraw"),
      deed,
      act: () => deed.run({ booking_id: each.booking_id, callback: each.callback }),
      done,
      refused: () => deed.error?.status === 409 && done(), // closed meanwhile: it is shown how
    });
}
