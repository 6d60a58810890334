/** What may be done with a holder's money: actions of `actions.js`. `about`: the id of the refund that one is about. */

import { html } from "../vendor/lit-html/lit-html.js";
import { kopecks, money } from "../shared/format.js";
import { t } from "../shared/texts.js";

const REASONS = ["patient_request", "not_held", "paid_twice", "other"];

const of = (it, act) => `${it.path}/refunds/${it.action.about}/${act}`;
const most = (it) => t("desk.actions.refund.most", { sum: money(it.balance.value) });

function wrongSum({ amount }, it) {
  if (!kopecks(amount)) return { amount: t("desk.actions.noAmount") };
  return kopecks(amount) > it.balance.value ? { amount: most(it) } : {};
}

export const REFUND = {
  name: "refund",
  look: "danger",
  once: true,
  values: (it) => ({ amount: String(it.balance.value / 100).replace(".", ","), reason: "patient_request" }),
  fields: (f, it) => html`
    ${f.text("amount", t("desk.actions.desk.amount"), { inputmode: "decimal", hint: most(it) })}
    ${f.radio("reason", t("desk.actions.refund.reason"), REASONS.map((each) => [each, t(`record.refunds.reasons.${each}`)]))}
  `,
  check: wrongSum,
  call: ({ amount, reason }, it) => ["POST", `${it.path}/refunds`, { amount: kopecks(amount), reason }],
};

export const PAY_OUT = {
  name: "payOut",
  values: () => ({ document: "", why: "" }),
  fields: (f) => html`
    ${f.text("document", t("desk.actions.desk.document"), { maxlength: 60, hint: t("desk.actions.desk.documentHint") })}
    ${f.why()}
  `,
  call: (values, it) => ["POST", of(it, "payout"), values],
};

export const PUT_BACK = {
  name: "putBack",
  values: () => ({ why: "" }),
  fields: (f) => f.why(),
  call: (values, it) => ["POST", of(it, "refusal"), values],
};

export const SEEN_TO = {
  name: "seenTo",
  values: () => ({ why: "" }),
  fields: (f) => f.why(),
  call: (values, it) => ["POST", of(it, "task/answer"), values],
};
