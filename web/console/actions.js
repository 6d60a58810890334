/**
 * What may be done with a booking, or with a holder's money: each a window with a form.
 *
 * An action: `name`, whose words stand under `desk.actions.<name>`; `about`, the id of what of the booking or holder it is
 * about; `offered(it)`, whether it makes sense now (the API decides); `values(it)` to begin with; `fields(f, it, form)`;
 * `check(values, it)` gives errors by path before it is sent; `call(values, it)` gives [method, path, body]; `once`:
 * however often it is sent, the API does it once, so it is sent again by itself. `it`: the page that it is done on, at
 * the API's `path`, which `load()` reads again; it hears `changed(words)`. `whose`: what stands on the window.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { now } from "../shared/api.js";
import { dialog } from "../shared/dialog.js";
import { kopecks, momentIn, zoneName } from "../shared/format.js";
import { t, tryText } from "../shared/texts.js";
import { button } from "../shared/ui.js";
import { fieldsOf, newForm, problem, refuse, sent, submit } from "./form.js";
import { MOVE } from "./move.js";

const choices = (key, values) => values.map((each) => [each, t(`${key}.${each}`)]);
const side = (f) => f.radio("by", t("desk.actions.by"), choices("desk.actions.sides", ["patient", "clinic"]), { compact: true });

const OUTCOMES = ["held", "patient_absent", "doctor_absent", "technical", "unknown"];
const outcome = (f) => f.radio("outcome", t("desk.actions.outcome.label"), choices("desk.actions.outcomes", OUTCOMES));
const outcomeBody = (value) => (value === "held" || !value ? { outcome: value ?? "" } : { outcome: "not_held", reason: value });
const chosen = ({ outcome: value }) => (value ? {} : { outcome: t("desk.actions.outcome.choose") });

const of = (it) => it.booking.value.booking;
const waits = (it) => of(it).status.startsWith("AWAITING");
const lives = (it) => waits(it) || of(it).status === "SCHEDULED";
const begun = (it) => Date.parse(of(it).slot.start) <= now();
const settled = (it) => ["COMPLETED", "NOT_HELD"].includes(of(it).status);

const LINK = {
  name: "link",
  once: true,
  offered: waits,
  values: () => ({ why: "" }),
  fields: (f) => f.why({ required: false, hint: undefined }),
  call: ({ why: words }, it) => ["POST", `${it.path}/link`, words.trim() ? { why: words } : {}],
};

/** How long an unpaid time may be held from now on, in minutes: longer than it is, and not into the consultation. */
const holds = (it) =>
  ["60", "180", "720", "1440", "2880"].filter((minutes) => {
    const until = now() + Number(minutes) * 60_000;
    return until > Date.parse(of(it).hold_until) && until < Date.parse(of(it).slot.start);
  });

const HOLD = {
  name: "hold",
  offered: (it) => waits(it) && holds(it).length > 0,
  values: (it) => ({ minutes: holds(it)[0], why: "" }),
  fields: (f, it) => html`
    ${f.select("minutes", t("desk.actions.hold.minutes"), choices("desk.actions.hold.lengths", holds(it)))}
    ${f.why()}
  `,
  call: ({ minutes, why: words }, it) => ["POST", `${it.path}/hold`, { minutes: Number(minutes), why: words }],
};

const DESK = {
  name: "desk",
  once: true,
  offered: (it) => of(it).due > 0 && of(it).status === "AWAITING_PAYMENT",
  values: (it) => ({ method: "cash", amount: String(of(it).due / 100).replace(".", ","), document: "", why: "" }),
  fields: (f) => html`
    ${f.radio("method", t("desk.actions.desk.method"), choices("desk.actions.desk.methods", ["cash", "transfer"]), { compact: true })}
    <div class="columns">
      ${f.text("amount", t("desk.actions.desk.amount"), { inputmode: "decimal", hint: t("desk.actions.desk.amountHint") })}
      ${f.text("document", t("desk.actions.desk.document"), { maxlength: 60, hint: t("desk.actions.desk.documentHint") })}
    </div>
    ${f.why()}
  `,
  check: ({ amount }) => (kopecks(amount) ? {} : { amount: t("desk.actions.noAmount") }),
  call: ({ amount, ...rest }, it) => ["POST", `${it.path}/desk-payments`, { ...rest, amount: kopecks(amount) }],
};

const CANCEL = {
  name: "cancel",
  look: "danger",
  offered: (it) => lives(it) && !begun(it),
  values: () => ({ by: "patient", why: "" }),
  fields: (f) => html`${side(f)} ${f.why()}`,
  call: (values, it) => ["POST", `${it.path}/cancellation`, values],
};

const OUTCOME = {
  name: "outcome",
  look: "primary",
  once: true,
  offered: (it) => of(it).status === "SCHEDULED" && begun(it) && !it.booking.value.evidence.word,
  values: () => ({ why: "", note: "" }),
  fields: (f, it) => html`
    ${outcome(f)}
    ${it.operates ? f.why({ required: false }) : nothing}
    ${it.isOwn ? f.long("note", t("desk.actions.outcome.note"), { required: false, maxlength: 2000, hint: t("desk.actions.outcome.noteHint") }) : nothing}
  `,
  check: chosen,
  call: ({ outcome: value, why: words, note }, it) => [
    "POST",
    `${it.path}/outcome`,
    { ...outcomeBody(value), ...(words.trim() && { why: words }), ...(note.trim() && { note }) },
  ],
};

const CORRECT = {
  name: "correct",
  once: true,
  offered: settled,
  values: () => ({ why: "" }),
  fields: (f) => html`${outcome(f)} ${f.why()}`,
  check: chosen,
  call: ({ outcome: value, why: words }, it) => ["POST", `${it.path}/corrections`, { ...outcomeBody(value), why: words }],
};

const CALLBACK = {
  name: "callback",
  once: true,
  offered: (it) => of(it).paid_at !== null && of(it).status !== "CANCELLED",
  values: () => ({ question: "", not_before: "", why: "" }),
  fields: (f, it) => html`
    ${f.long("question", t("desk.actions.callback.question"), { maxlength: 2000 })}
    ${f.text("not_before", t("desk.actions.callback.notBefore"), {
      type: "datetime-local", required: false, hint: zoneName(it.booking.value.people.time_zone, now()),
    })}
    ${f.why()}
  `,
  check: ({ not_before: from }) => (!from || /^\d{4}-/.test(from) ? {} : { not_before: t("desk.actions.callback.year") }),
  call: ({ question, not_before: from, why: words }, it) => [
    "POST",
    `${it.path}/callbacks`,
    { question, why: words, ...(from && { not_before: momentIn(it.booking.value.people.time_zone, from) }) },
  ],
};

const ANSWER = {
  name: "answer",
  look: "primary",
  offered: (it) => ![null, "outcome_unclear"].includes(it.booking.value.task),
  values: () => ({ why: "" }),
  fields: (f) => f.why({ hint: t("desk.actions.answer.hint") }),
  call: (values, it) => ["POST", `${it.path}/task/answer`, values],
};

const OPERATORS = [ANSWER, OUTCOME, DESK, LINK, HOLD, { ...MOVE, once: true, offered: (it) => lives(it) && !begun(it) }, CALLBACK, CORRECT, CANCEL];

/** What of a notice failed, sent again. */
export const retryOf = ({ id }) => ({
  name: "retry",
  about: id,
  values: () => ({ why: "" }),
  fields: (f) => f.why(),
  call: (values, it) => ["POST", `${it.path}/notices/${encodeURIComponent(id)}/retries`, values],
});

/** What may be done with the booking of this page by who looks at it. */
export function offered(it) {
  if (it.operates) return OPERATORS.filter((each) => each.offered(it));
  return it.isOwn && OUTCOME.offered(it) ? [OUTCOME] : [];
}

/**
 * What is typed for each page's actions, and the keys it was sent with, by the page's path: it outlives the window and the
 * section until it was done. Typed anew, under another key, what was done unheard would be done twice, and money be
 * taken twice. `it`: the page that shows the booking or the holder by now.
 */
const works = new Map();

const formId = ({ name, about = "" }) => `${name} ${about}`;

/** A page stands here from now on: what was begun on the one before it goes on. */
export function standsAt(it) {
  const work = works.get(it.path);
  if (work) work.it = it;
}

/** Open the window of an action. */
export function begin(it, action) {
  const form = formOf(it, action);
  Object.assign(it, { action, form, done: null });
  action.opened?.(it, form);
  it.page.draw();
}

/** The form that was left, if it was not done; what nobody has touched in it is as it is now. */
function formOf(it, action) {
  const work = works.get(it.path) ?? { forms: new Map() };
  const form = work.forms.get(formId(action)) ?? newForm();
  works.set(it.path, Object.assign(work, { it }));
  work.forms.set(formId(action), form);
  if (form.key) return form; // nobody knows if it was done: it is sent as it was, under its key
  const first = action.values(it);
  for (const name of untouched(form, first)) form.values[name] = first[name];
  return Object.assign(form, { first, error: null, errors: {} });
}

const untouched = ({ values, first }, names) => Object.keys(names).filter((name) => values[name] === first?.[name]);

function forget({ path }, action) {
  const forms = works.get(path)?.forms;
  forms?.delete(formId(action));
  if (!forms?.size) works.delete(path);
}

/** The window of the action that was begun. */
export function actionWindow(it) {
  const { action, form, page } = it;
  const key = `desk.actions.${action.name}`;
  const close = () => {
    if (form.busy) return; // what came of it is still to be told here
    it.action = null;
    if (!form.key && untouched(form, form.first).length === Object.keys(form.first).length) forget(it, action);
    page.draw();
  };
  const words = tryText(`${key}.words`);
  return dialog(
    html`${t(`${key}.title`)}${it.whose ? html`<small>${it.whose}</small>` : nothing}`,
    html`
      <form novalidate @submit=${sent(() => send(it))}>
        ${problem(form)} ${words ? html`<p>${words}</p>` : nothing}
        ${action.fields(fieldsOf(page, form), it, form)}
        <div class="row">
          ${button(t(`${key}.do`), null, { type: "submit", look: action.look === "danger" ? "danger" : "primary", busy: form.busy })}
          ${button(t("common.close"), close, { look: "plain" })}
        </div>
      </form>
    `,
    close,
  );
}

async function send(it) {
  const { action, form, page } = it;
  if (form.busy) return;
  const errors = action.check?.(form.values, it) ?? {};
  if (Object.keys(errors).length) return refuse(page, form, errors);
  const [method, path, body] = action.call(form.values, it);
  const answer = await submit(page, form, (key) => it.session.call(method, path, { key: action.once ? key : undefined, body }));
  const { it: there } = works.get(it.path);
  if (answer) return ended(there, action, t(`desk.actions.${action.name}.done`));
  const { error } = form;
  if (error.code === "idempotency_conflict") return ended(there, action, t("desk.actions.wasDone"));
  action.refused?.(there, form);
  if (error.unanswered || error.status === 409) await there.load(); // what was offered may be done, or be no more to do
}

function ended(it, action, words) {
  forget(it, action);
  return it.changed(words);
}
