/** The holder's requests for a doctor's call, of all bookings. */

import { html } from "../vendor/lit-html/lit-html.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { asked, withdrawal } from "./callback.js";
import { Dialogs } from "./dialogs.js";
import { from, Pages } from "./load.js";

export function open({ root, session, router, zones, focus }) {
  const page = new Page(root, {}, view);
  const dialogs = new Dialogs(page);
  const calls = new Pages(page, async (cursor) => {
    const { callbacks: items, next } = await session.call("GET", `/me/callbacks${from(cursor)}`);
    return { items, next };
  });
  const withdraw = withdrawal(page, session, dialogs, () => calls.load());

  const toBooking = ({ booking_id }) => html`
    <a class="button plain" href=${router.to("bookings", booking_id)}>${t("inside.calls.booking")}</a>
  `;

  function view() {
    return html`
      <h1>${t("cabinet.titles.calls")}</h1>
      <p class="quiet">${t("inside.calls.intro")}</p>
      ${calls.show(
        (items) => items.map((each) => html`<div class="card">${asked(each, zones, withdraw, toBooking(each))}</div>`),
        html`<div class="card"><p>${t("inside.calls.empty")}</p><p><a class="button" href=${router.to()}>${t("cabinet.toBookings")}</a></p></div>`,
      )}
      ${dialogs.view()}
    `;
  }

  if (focus) page.focus("h1");
  calls.load();
  return { close: () => page.close() };
}
