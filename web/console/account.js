/** One's own account: the second factor, and the way out of all devices. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dialog } from "../shared/dialog.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, facts, message } from "../shared/ui.js";
import { fieldsOf, newForm, problem, sent, submit } from "./form.js";

export function open({ root, session, staff, signedOut }) {
  const state = { begin: newForm(), enrolment: null, code: newForm({ code: "" }), done: false, leaving: null };
  new Page(root, state, (_, page) => view(state, page, { session, staff, signedOut }));
  return { close() {} };
}

function view(state, page, { session, staff, signedOut }) {
  return html`
    <h1>${t("console.sections.account")}</h1>
    <div class="card">
      ${facts([
        [t("account.name"), staff.name],
        [t("account.email"), staff.email],
        [t("account.role"), staff.groups.map((each) => t(`console.groups.${each}`)).join(", ")],
      ])}
    </div>
    <section class="card" aria-labelledby="totp">
      <h2 id="totp">${t("account.totp.title")}</h2>
      ${totpView(state, page, session)}
    </section>
    <section class="card" aria-labelledby="everywhere">
      <h2 id="everywhere">${t("account.everywhere.title")}</h2>
      <p>${t("account.everywhere.words")}</p>
      ${button(t("account.everywhere.do"), () => page.change({ leaving: newForm() }), { look: "danger" })}
    </section>
    ${state.leaving ? leavingView(state, page, session, signedOut) : nothing}
  `;
}

function totpView(state, page, session) {
  const { begin, enrolment, code, done } = state;
  if (done) return message("done", t("account.totp.done"));
  if (!enrolment) {
    return html`
      <form @submit=${sent(() => startTotp(state, page, session))}>
        <p>${t("account.totp.words")}</p>
        ${problem(begin)} ${button(t("account.totp.begin"), null, { type: "submit", busy: begin.busy })}
      </form>
    `;
  }
  return html`
    <form novalidate @submit=${sent(() => confirmTotp(state, page, session))}>
      ${problem(code)}
      <p>${t("account.totp.add")}</p>
      ${facts([
        [t("account.totp.secret"), html`<code class="copied">${enrolment.secret}</code>`],
        [t("account.totp.address"), html`<a class="copied" href=${enrolment.uri}>${enrolment.uri}</a>`],
      ])}
      ${fieldsOf(page, code).text("code", t("account.totp.code"), {
        inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, hint: t("account.totp.hint"),
      })}
      ${button(t("account.totp.confirm"), null, { type: "submit", busy: code.busy })}
    </form>
  `;
}

async function startTotp(state, page, session) {
  const enrolment = await submit(page, state.begin, () => session.call("POST", "/staff/totp", { body: {} }));
  if (!enrolment) return;
  page.change({ enrolment });
  page.focus("form input");
}

async function confirmTotp(state, page, session) {
  const { code } = state.code.values;
  const body = { code: code.trim() };
  if (await submit(page, state.code, () => session.call("POST", "/staff/totp/confirmation", { body }))) {
    page.change({ done: true });
    page.focus("#totp");
  }
}

function leavingView(state, page, session, signedOut) {
  const close = () => page.change({ leaving: null });
  const leave = async () => {
    if (await submit(page, state.leaving, () => session.signOut(true))) signedOut();
  };
  return dialog(
    t("account.everywhere.title"),
    html`
      <form @submit=${sent(leave)}>
        ${problem(state.leaving)}
        <p>${t("account.everywhere.sure")}</p>
        <div class="row">
          ${button(t("account.everywhere.do"), null, { type: "submit", look: "danger", busy: state.leaving.busy })}
          ${button(t("common.close"), close, { look: "plain" })}
        </div>
      </form>
    `,
    close,
  );
}
