/** The way in: a phone, the code that was sent to it, and nothing that tells whether the number is known. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, call, now } from "../shared/api.js";
import { Countdown } from "../shared/countdown.js";
import { errorsByPath, textField } from "../shared/fields.js";
import { Page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { button, errorText, message } from "../shared/ui.js";

const after = (seconds) => new Date(now() + seconds * 1000).toISOString();
const passed = (moment) => moment === null || Date.parse(moment) <= now();

/** Where the code was sent to, for whoever goes to read it and finds the page loaded anew. The tab alone keeps it. */
const asked = {
  read() {
    const kept = JSON.parse(sessionStorage.getItem("sign-in"));
    return kept && !passed(kept.ends) ? kept : null;
  },
  keep: (sent) => sessionStorage.setItem("sign-in", JSON.stringify(sent)),
  forget: () => sessionStorage.removeItem("sign-in"),
};

/** `why`: "link", "ended", an error, or null. `done` hears of the token. */
export function open({ root, why, done }) {
  const sent = why ? null : asked.read();
  const page = new Page(
    root,
    {
      step: sent ? "code" : "phone", values: { phone: sent?.phone ?? "", code: "" }, errors: {}, error: null, busy: null,
      why, ends: sent?.ends ?? null, again: null, digits: sent?.digits ?? 6,
    },
    view,
  );
  const life = new Countdown(() => page.draw());
  const pause = new Countdown(() => page.draw());

  async function act(what, body, succeeded) {
    if (page.state.busy) return;
    page.change({ busy: what, error: null, errors: {} });
    try {
      succeeded(await body());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused(error);
    } finally {
      page.change({ busy: null });
    }
  }

  function refused(error) {
    if (error.code === "too_many_codes" && page.state.step === "phone") return sentBefore(error);
    const errors = errorsByPath(error.fields);
    page.change({ error: error.fields.length ? null : error, errors });
    if (error.status === 429 && error.retryAfter) page.change({ again: after(error.retryAfter) });
    const [wrong] = Object.keys(errors);
    page.focus(wrong ? `[name="${wrong}"]` : ".message");
  }

  /** A code went to this number already, though no answer said so here: it may be typed, its end is not known. */
  function sentBefore(error) {
    const { phone } = page.state.values;
    page.change({ step: "code", ends: null, again: after(error.retryAfter), why: error, values: { phone, code: "" } });
    page.focus('[name="code"]');
  }

  function send() {
    const phone = page.state.values.phone;
    act("send", () => call("POST", "/sign-in/codes", { body: { phone } }), ({ expires_in, digits }) => {
      const again = page.state.step === "code";
      const ends = after(expires_in);
      asked.keep({ phone, ends, digits });
      page.change({
        step: "code", ends, again: null, digits, why: again ? "sent" : null,
        values: { phone, code: "" },
      });
      page.focus('[name="code"]');
    });
  }

  function enter() {
    const { phone, code } = page.state.values;
    const body = { phone, code: code.replaceAll(/\D/g, "") };
    act("enter", () => call("POST", "/sign-in/sessions", { body }), (answer) => {
      asked.forget();
      done(answer);
    });
  }

  const typed = (path) => (value) => {
    const { [path]: _, ...errors } = page.state.errors;
    // Until when another code is sent is said of one number.
    const again = path === "phone" ? null : page.state.again;
    page.change({ values: { ...page.state.values, [path]: value }, errors, again });
  };

  function other() {
    asked.forget();
    page.change({ step: "phone", errors: {}, error: null, why: null, again: null });
    page.focus('[name="phone"]');
  }

  function view(state) {
    return html`
      <div class="card sign-in">
        ${reason(state)}
        ${state.step === "phone" ? phoneForm(state) : codeForm(state)}
      </div>
    `;
  }

  function reason({ why: said, error }) {
    if (error) return message("error", errorText(error));
    if (said instanceof ApiError) return message("warning", errorText(said));
    return said ? message(said === "sent" ? "done" : "info", t(`door.why.${said}`)) : nothing;
  }

  const form = (content, submitted) => html`
    <form novalidate @submit=${(event) => { event.preventDefault(); submitted(); }}>${content}</form>
  `;

  function phoneForm(state) {
    return html`
      <h1>${t("door.title")}</h1>
      <p>${t("door.intro")}</p>
      ${form(
        html`
          ${textField(state, "phone", t("door.phone"), typed("phone"), {
            type: "tel", autocomplete: "tel", inputmode: "tel", placeholder: "+7 913 000-00-00",
          })}
          ${waiting(state)}
          ${button(t("door.send"), null, { type: "submit", busy: state.busy === "send", disabled: !passed(state.again) })}
        `,
        send,
      )}
      <p class="below"><a href="/">${t("door.new")}</a></p>
    `;
  }

  function codeForm(state) {
    const over = state.ends && passed(state.ends);
    return html`
      <h1>${t("door.codeTitle")}</h1>
      <p>${t("door.sent", { phone: state.values.phone })}</p>
      ${form(
        html`
          <div class="code">
            ${textField(state, "code", t("door.code"), typed("code"), {
              autocomplete: "one-time-code", inputmode: "numeric", hint: t("door.digits", { count: state.digits }),
            })}
          </div>
          ${over
            ? message("warning", t("door.over"))
            : state.ends ? html`<p>${t("door.lasts")} ${life.show(state.ends)}</p>` : nothing}
          ${button(t("door.enter"), null, { type: "submit", busy: state.busy === "enter", disabled: over })}
        `,
        enter,
      )}
      <div class="below">
        ${waiting(state)}
        <div class="row">
          ${button(t("door.again"), send, { look: "plain", busy: state.busy === "send", disabled: !passed(state.again) })}
          ${button(t("door.other"), other, { look: "link" })}
        </div>
      </div>
    `;
  }

  /** Until when no further code is sent. */
  function waiting(state) {
    if (passed(state.again)) return nothing;
    return html`<p class="hint">${t("door.wait")} ${pause.show(state.again)}</p>`;
  }

  if (why) page.focus(".message");
  return { close: () => page.close() };
}
