/** What was told of a booking, how each message ended, and what failed sent again. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import * as format from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { begin, retryOf } from "./actions.js";

export const noticesView = (it) => html`
  <section class="card" aria-labelledby="notices">
    <h2 id="notices">${t("desk.booking.notices")}</h2>
    ${it.notices.view((notices) =>
      notices.length
        ? html`<ul class="plain-list ruled">${notices.map((each) => noticeView(each, it))}</ul>`
        : html`<p class="quiet">${t("record.notices.none")}</p>`,
    )}
  </section>
`;

function noticeView(notice, it) {
  const states = Object.entries(notice.messages);
  const failed = states.some(([, state]) => state === "failed");
  const title = tryText(`record.notices.names.${notice.notice}`) ?? notice.notice;
  return html`
    <li>
      <strong>${title}</strong>
      ${states.map(([delivery, state]) => html`<small>${tryText(`record.notices.deliveries.${delivery}`) ?? delivery}: ${stateOf(state, it)}</small>`)}
      ${failed
        ? button(t("desk.actions.retry.title"), () => begin(it, retryOf(notice)), {
            look: "plain", label: `${t("desk.actions.retry.title")}: ${title}`,
          })
        : nothing}
    </li>
  `;
}

/** `pending`, the moment it was sent, or why it never will be. */
function stateOf(state, { catalogue }) {
  if (/^\d{4}-/.test(state)) return t("record.notices.sent", { moment: format.moment(state, catalogue.time_zone) });
  const words = tryText(`record.notices.states.${state}`) ?? state;
  return state === "failed" ? html`<span class="state bad">${words}</span>` : words;
}
