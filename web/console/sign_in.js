/** The staff's door: e-mail and password, then what else is asked for: a new password, a code of the second factor. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
import { fieldsOf, newForm, problem, sent, submit } from "./form.js";

/** `signedIn(answer)` hears of the token. `ended`: a session was over, and why somebody has to sign in again is said. */
export function open({ root, ended, signedIn }) {
  const state = { form: newForm({ email: "", password: "" }), challenge: null, session: null, ended };
  const page = new Page(root, state, (_, drawn) => view(state, drawn, signedIn));
  page.focus("input");
  return { close() {} };
}

function view(state, page, signedIn) {
  const { challenge, form } = state;
  const step = challenge ?? "password";
  return html`
    <form class="card narrow" novalidate @submit=${sent(() => send(state, page, signedIn))}>
      <h1>${t(`console.signIn.${step}.title`)}</h1>
      ${state.ended ? message("info", t("console.signIn.ended")) : nothing}
      ${problem(form)}
      ${challenge ? html`<p>${t(`console.signIn.${challenge}.words`)}</p>` : nothing}
      ${stepFields[step](fieldsOf(page, form), form)}
      <div class="row">
        ${button(t(`console.signIn.${step}.send`), null, { type: "submit", busy: form.busy })}
        ${challenge ? button(t("console.signIn.anew"), () => startAgain(state, page), { look: "link" }) : nothing}
      </div>
    </form>
  `;
}

const stepFields = {
  password: (fields, form) => html`
    ${fields.text("email", t("console.signIn.email"), { type: "email", autocomplete: "username", inputmode: "email" })}
    ${fields.text("password", t("console.signIn.password.label"), { type: shown(form), autocomplete: "current-password" })}
    ${fields.tick("shown", t("console.signIn.show"), { required: true })}
  `,
  new_password: (fields, form) => html`
    ${fields.text("answer", t("console.signIn.new_password.label"), {
      type: shown(form), autocomplete: "new-password", hint: t("console.signIn.new_password.hint"),
    })}
    ${fields.tick("shown", t("console.signIn.show"), { required: true })}
  `,
  totp: (fields) =>
    fields.text("answer", t("console.signIn.totp.label"), { inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6 }),
};

const shown = (form) => (form.values.shown ? "text" : "password");

async function send(state, page, signedIn) {
  const { email, password, answer } = state.form.values;
  const given = await submit(page, state.form, () =>
    state.challenge
      ? call("POST", "/staff/sign-in/challenge", {
          body: { email, session: state.session, challenge: state.challenge, answer: answer?.trim() ?? "" },
        })
      : call("POST", "/staff/sign-in", { body: { email: email.trim(), password } }),
  );
  if (!given) return refused(state, page);
  if (given.token) {
    await signedIn(given);
    return;
  }
  page.change({ challenge: given.challenge, session: given.session, form: newForm({ email: email.trim(), answer: "" }) });
  page.focus("input");
}

/** A sign-in that took too long begins again, and says so. */
function refused(state, page) {
  const { errors } = state.form;
  if (errors.session) startAgain(state, page, { session: errors.session });
}

function startAgain(state, page, errors = {}) {
  const form = newForm({ email: state.form.values.email, password: "" });
  page.change({ challenge: null, session: null, form: Object.assign(form, { errors }) });
  page.focus("input");
}
