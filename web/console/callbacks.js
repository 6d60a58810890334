/** The queue of requests for a doctor's call: the longest due first, all or one's own. It refreshes itself. */

import { html } from "../vendor/lit-html/lit-html.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { CallbackList } from "./callback_list.js";
import { fieldsOf, newForm } from "./form.js";
import { after } from "./pages.js";
import { Polling } from "./polling.js";

export function open({ root, session, catalogue, staff }) {
  const state = { filter: newForm({ mine: false }), callbacks: null };
  const page = new Page(root, state, ({ filter, callbacks }) => view(page, filter, callbacks));
  state.callbacks = new CallbackList({
    page, session, staff, catalogue, linked: true,
    ask: async (cursor) => {
      const asked = after(cursor, state.filter.values.mine && { assignee: "me" });
      const { callbacks, next } = await session.call("GET", `/internal/callbacks${asked}`);
      return { rows: callbacks, next };
    },
  });
  state.callbacks.load();
  const polling = new Polling(() => state.callbacks.list.refresh());
  return { close: () => polling.close(), resume: () => state.callbacks.list.refresh() };
}

function view(page, filter, callbacks) {
  return html`
    <div class="bar">
      <h1>${t("desk.callbacks.title")}</h1>
      ${button(t("desk.refresh"), () => callbacks.load(), { look: "plain", busy: callbacks.list.busy })}
    </div>
    <div @change=${() => callbacks.load()}>${fieldsOf(page, filter).tick("mine", t("desk.callbacks.mine"))}</div>
    ${callbacks.view(t("desk.callbacks.none"))}
  `;
}
