/** The balance («лицевой счёт»): what is on it, how it came about, and the way back to the card. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { errorSummary, radioField, textField } from "../shared/fields.js";
import { kopecks, money } from "../shared/format.js";
import { Page } from "../shared/page.js";
import { t, tryText } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
import { Deed } from "./deed.js";
import { Dialogs } from "./dialogs.js";
import { from, load, Pages, shown } from "./load.js";
import { inLine } from "./when.js";

const MOODS = { asked: "wait", pending: "wait", succeeded: "good", refused: "bad" };

export function open({ root, session, router, zones, focus }) {
  const page = new Page(root, { balance: undefined, how: "all", amount: "", errors: {}, asks: false, told: null }, view);
  const dialogs = new Dialogs(page);
  const balance = () => load(page, "balance", async () => (await session.call("GET", "/me/balance")).available);
  const statement = new Pages(page, async (cursor) => {
    const { lines, next } = await session.call("GET", `/me/balance/statement${from(cursor)}`);
    return { items: lines, next };
  });
  const refunds = new Pages(page, async (cursor) => {
    const { refunds: items, next } = await session.call("GET", `/me/refunds${from(cursor)}`);
    return { items, next };
  });
  const refunding = new Deed(page, (body, key) => session.call("POST", "/me/refunds", { body, key }));
  const everything = () => Promise.all([balance(), statement.load(), refunds.load()]);

  function view(state) {
    return html`
      <h1>${t("cabinet.titles.balance")}</h1>
      <div class="card">
        ${shown(state.balance, balance, (available) => html`
          <p class="quiet">${t("balance.available")}</p>
          <p class="big">${money(available)}</p>
          <p>${t(available ? "balance.use" : "balance.none")}</p>
          ${state.told ? message(state.told[0], t(`balance.${state.told[1]}`)) : nothing}
          ${available ? wayBack(state, available) : nothing}
        `)}
      </div>
      <section aria-labelledby="refunds">
        <h2 id="refunds">${t("balance.refunds")}</h2>
        ${refunds.show((items) => html`<ul class="plain-list">${items.map(refund)}</ul>`, html`<p class="quiet">${t("balance.noRefunds")}</p>`)}
      </section>
      <section aria-labelledby="statement">
        <h2 id="statement">${t("balance.statement")}</h2>
        ${statement.show((items) => html`<ul class="plain-list">${items.map(line)}</ul>`, html`<p class="quiet">${t("balance.noLines")}</p>`)}
      </section>
      ${dialogs.view()}
    `;
  }

  function wayBack(state, available) {
    if (!state.asks) {
      return button(t("balance.ask"), () => { page.change({ asks: true, told: null }); page.focus("#way-back"); }, { look: "plain" });
    }
    const form = { values: { how: state.how, amount: state.amount }, errors: state.errors };
    return html`
      <form novalidate aria-labelledby="way-back" @submit=${(event) => { event.preventDefault(); ask(available); }}>
        <h2 id="way-back">${t("balance.ask")}</h2>
        <p>${t("balance.way")}</p>
        ${errorSummary(form)}
        ${radioField(
          form, "how", t("balance.howMuch"),
          [["all", t("balance.all"), money(available)], ["part", t("balance.part")]],
          (how) => page.change({ how, errors: {} }),
        )}
        ${state.how === "part"
          ? textField(form, "amount", t("balance.amount"), (amount) => page.change({ amount, errors: {} }), { inputmode: "decimal" })
          : nothing}
        <div class="row">
          ${button(t("common.next"), null, { type: "submit", busy: refunding.busy })}
          ${button(t("common.cancel"), () => page.change({ asks: false, errors: {} }), { look: "plain" })}
        </div>
      </form>
    `;
  }

  /** What is to go back is said once more before it goes. */
  function ask(available) {
    const { how, amount: typed } = page.state;
    const amount = how === "all" ? available : kopecks(typed);
    const wrong = amount === null || amount < 1 ? "balance.notAnAmount" : amount > available ? "balance.tooMuch" : null;
    if (wrong) {
      page.change({ errors: { amount: t(wrong, { available: money(available) }) } });
      return page.focus("#errors");
    }
    dialogs.confirm(t("balance.confirm"), html`<p>${t("balance.confirmWhat", { amount: money(amount) })}</p>`, {
      yes: t("balance.yes", { amount: money(amount) }),
      look: "primary",
      deed: refunding,
      act: () => refunding.run({ amount }), // what is confirmed, however much is there by then
      done: begun,
      refused,
    });
  }

  function begun({ refunds: begun }) {
    page.change({ asks: false, amount: "", how: "all", told: outcome(begun.map(({ status }) => status)) });
    page.focus(".message");
    return everything();
  }

  /** The balance is not what it was: it is looked at anew. An error of the amount stands at its field. */
  function refused() {
    if (refunding.errors.amount) {
      page.change({ errors: refunding.errors });
      dialogs.close();
    }
    if (refunding.error.status === 409) everything();
  }

  const refund = (each) => html`
    <li class="card">
      <header><strong>${money(each.amount)}</strong><span class="state ${MOODS[each.status]}">${t(`balance.states.${each.status}`)}</span></header>
      <p>${t(`balance.ways.${each.way}`)}, ${t("balance.askedAt", { at: inLine(each.asked_at, zones) })}</p>
      ${["asked", "pending"].includes(each.status) ? html`<p class="quiet">${t("balance.answerBy", { at: inLine(each.answer_by, zones) })}</p>` : nothing}
      ${each.reason ? html`<p class="error">${each.reason}</p>` : nothing}
      ${each.status === "refused" ? html`<p>${t("balance.backAgain")}</p>` : nothing}
    </li>
  `;

  const line = (each) => html`
    <li class="line">
      <div>
        ${tryText(`movements.${each.reason}`) ?? t("movements.other")}
        <small>${inLine(each.posted_at, zones)} · <a href=${router.to("bookings", each.booking_id)}>${t("balance.booking")}</a></small>
      </div>
      <span class="number ${each.amount < 0 ? "" : "in"}">${each.amount > 0 ? "+" : ""}${money(each.amount)}</span>
    </li>
  `;

  if (focus) page.focus("h1"); // as soon as it stands, and never again: somebody may be typing by then
  everything();
  return { close: () => page.close() };
}

/** What is said of refunds that were asked for, by how each stands. */
function outcome(statuses) {
  if (statuses.every((each) => each === "succeeded")) return ["done", "done"];
  if (!statuses.includes("refused")) return ["done", "begun"];
  return ["warning", statuses.every((each) => each === "refused") ? "refused" : "partly"];
}
