/** The first step: it is all that a first visit loads. The rest comes while a kind is chosen. */

import { html } from "../vendor/lit-html/lit-html.js";
import { t } from "../shared/texts.js";
import { kindField } from "../booking/kind.js";

/** All steps, in their order. */
export const STEPS = ["kind", "doctor", "time", "people", "comments", "consents", "summary"];

export const first = {
  id: "kind",
  owns: (path) => path === "kind",
  check: ({ values }) => (values.kind ? {} : { kind: t("kind.missing") }),
  view: ({ form, catalogue, set }) => html`${intro(catalogue)}${kindField(form, catalogue, set)}`,
};

const intro = ({ clinic }) => html`
  <p>${t("site.intro")}</p>
  <details class="card">
    <summary>${t("site.how")}</summary>
    <ol>${["choose", "people", "pay", "contact"].map((each) => html`<li>${t(`site.howSteps.${each}`)}</li>`)}</ol>
    <p>${t("site.orCall", { phone: clinic.phone })}</p>
  </details>
`;
