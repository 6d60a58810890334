/** What the patient has once it is paid, and what happens next (S13, S14, S15, S16, S17). */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { money } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, errorText, loading, message } from "../shared/ui.js";
import { bookingFacts } from "./summary.js";

/** `view`: GET /bookings/{booking}, null while it is not known; its contract's number follows the payment. */
export function afterwards({ booking, view, documents, payments, catalogue, options, page }) {
  const { notices, clinic } = catalogue;
  const number = view?.contract_number;
  return html`
    ${message("done", t("payment.paidMore", { amount: money(payments.received) }))}
    <section class="card">
      ${bookingFacts(booking, catalogue, [
        [t("steps.facts.contract"), number ?? loading(t("payment.contractSoon"))],
        [t("steps.facts.documents"), documents.length ? html`<ul>${documents.map(attached)}</ul>` : nothing],
      ])}
      <div class="row">
        ${number ? button(t("payment.calendar"), () => saveCalendar(booking, options, page), { look: "plain", busy: page.state.saving }) : nothing}
        <a class="button plain" href="/cabinet/bookings/${booking.booking_id}">${t("payment.toCabinet")}</a>
      </div>
      ${message("error", page.state.failure)}
    </section>
    <section class="card">
      <h2>${t("payment.next")}</h2>
      <ol>
        <li>${t("payment.nextSteps.remind")}</li>
        <li>${t(`payment.nextSteps.${booking.channel}`)} ${notices.be_reachable}</li>
        <li>${notices.money_stays}</li>
        <li>${t("payment.nextSteps.questions", { phone: clinic.phone.replaceAll(" ", "\u00a0") })}</li>
      </ol>
      ${booking.channel === "room" && view?.join_url ? html`<p><a href=${view.join_url}>${t("payment.join")}</a></p>` : nothing}
      <p class="quiet">${notices.in_person_first}</p>
    </section>
  `;
}

const attached = ({ name, status, reason }) => html`<li>${name} – ${t(`booking.documentsState.${status}`)}${reason ? html`<p class="error">${reason}</p>` : nothing}</li>`;

async function saveCalendar(booking, options, page) {
  page.change({ saving: true, failure: null });
  try {
    const content = await call("GET", `/bookings/${booking.booking_id}/calendar`, options);
    const url = URL.createObjectURL(new Blob([content], { type: "text/calendar" }));
    Object.assign(document.createElement("a"), { href: url, download: t("payment.calendarFile") }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    page.change({ saving: false });
  } catch (error) {
    page.change({ saving: false, failure: errorText(error) });
  }
}
