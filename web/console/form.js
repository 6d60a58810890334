/** Forms of the console: fields that know where to write, and a sending that tells what is wrong at them. */

import { nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, newKey } from "../shared/api.js";
import { errorsByPath, errorSummary, longField, radioField, selectField, textField, tickField } from "../shared/fields.js";
import { errorText, message } from "../shared/ui.js";

/** A form with these values to begin with. `key`: of what is being sent, until it was answered. */
export const newForm = (values = {}) => ({ values, errors: {}, error: null, busy: false, key: null });

/** The kinds of fields, each drawing `page` again when something is typed. */
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
  };
}

/**
 * Send a form once, however often it is pressed. `send(key)` does it; what it answered, or null where it was refused.
 * A key is kept until somebody answers: what was done unheard is not done twice.
 */
export async function submit(page, form, send) {
  if (form.busy) return null;
  form.key ??= newKey();
  Object.assign(form, { busy: true, error: null, errors: {} });
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
