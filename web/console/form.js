/** Forms of the console: fields that know where to write, and a sending that tells what is wrong at them. */

import { nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, newKey } from "../shared/api.js";
import { errorsByPath, errorSummary, longField, radioField, selectField, textField, tickField } from "../shared/fields.js";
import { t } from "../shared/texts.js";
import { errorText, message } from "../shared/ui.js";

/** A form with these values to begin with. `key`: of what is being sent, until it was answered. */
export const newForm = (values = {}) => ({ values, errors: {}, error: null, busy: false, key: null });

/** The kinds of fields, each drawing `page` again when something is typed; `why`: a reason, for the trail. */
export function fieldsOf(page, form) {
  const set = (path) => (value) => {
    form.values[path] = value;
    page.draw();
  };
  return {
    text: (path, label, options) => textField(form, path, label, set(path), options),
    long: (path, label, options) => longField(form, path, label, set(path), options),
    select: (path, label, choices, options) => selectField(form, path, label, choices, set(path), options),
    radio: (path, label, choices, options) => radioField(form, path, label, choices, set(path), options),
    tick: (path, words, options) => tickField(form, path, words, set(path), options),
    why: (options) => longField(form, "why", t("desk.actions.why"), set("why"), { maxlength: 500, rows: 2, hint: t("desk.actions.whyHint"), ...options }),
  };
}

/**
 * Send a form once, however often it is pressed. `send(key)` does it; what it answered, or null where it was refused.
 * A key is kept until somebody answers: what was done unheard is not done twice. `what`: which of several things that the
 * form may send; each has a key of its own.
 */
export async function submit(page, form, send, what) {
  if (form.busy) return null;
  if (form.what !== what) form.key = null;
  form.key ??= newKey();
  Object.assign(form, { what, busy: true, error: null, errors: {} });
  page.draw();
  try {
    const answer = await send(form.key);
    form.key = null;
    return answer ?? {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!error.unanswered) form.key = null;
    Object.assign(form, { error, errors: errorsByPath(error.fields) });
    page.focus("form .summary, form .message.error");
    return null;
  } finally {
    form.busy = false;
    page.draw();
  }
}

/** How the button of `what` looks while the form sends it, or another: the one that was pressed keeps the focus. */
export const sending = ({ busy, what }, own) => ({ busy: busy && what === own, disabled: busy && what !== own });

/** Refuse a form here, before it is sent: `errors` by path. */
export function refuse(page, form, errors) {
  Object.assign(form, { error: null, errors });
  page.focus("form .summary");
}

/** What was wrong with the form when it was sent. */
export function problem(form) {
  if (Object.keys(form.errors).length) return errorSummary(form);
  return form.error ? message("error", errorText(form.error)) : nothing;
}

/** A form's `@submit`: the page stays. */
export const sent = (act) => (event) => {
  event.preventDefault();
  act();
};
