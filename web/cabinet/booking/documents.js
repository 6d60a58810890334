/** What is attached to a booking (S9): sent with its progress, checked, read, removed. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { chooser } from "../../booking/chooser.js";
import { now } from "../../shared/api.js";
import { size } from "../../shared/format.js";
import { t } from "../../shared/texts.js";
import { button } from "../../shared/ui.js";
import { Asking, Deed } from "../deed.js";
import { load, part, shown } from "../load.js";
import { follow } from "../save.js";

const TAKEN_IN = new Set(["AWAITING_CONSENT", "AWAITING_PAYMENT", "SCHEDULED"]);
const LOOKED_FOR = 60_000; // milliseconds: the check takes seconds, so what is not there by then never arrived

export function documentsOf({ page, session, base, dialogs, isOpen, catalogue: { uploads: limits } }) {
  const ask = (method, of, options) => session.call(method, `${base}/documents${of}`, options);
  const path = (document) => `/${encodeURIComponent(document)}`;
  let uploads = null; // once a file was chosen
  let starting = null;
  const arrived = new Set(); // what was sent from here: its check may take its time
  let looking = false; // whether what is awaited may still come
  let lookedForUntil = 0;
  const asking = new Asking(look, { first: 1000, longest: 10_000 });
  const taking = new Deed(page, () => part(import("../../booking/uploads.js")));
  const removing = new Deed(page, ({ document }) => ask("DELETE", path(document)));
  const reading = new Deed(page, ({ document }) => ask("GET", path(document)));

  const again = () => load(page, "documents", async () => (await ask("GET", "")).documents);

  /** What the booking has, without the files that are on their way: those stand in a list of their own. */
  const stored = () => (page.state.documents?.value ?? []).filter(({ document }) => !uploads?.files.some((each) => each.document === document));
  const unchecked = () => stored().some(({ status }) => status === "awaiting_upload");

  async function loadAll() {
    await again();
    if (unchecked() && !looking) lookFor();
  }

  function lookFor() {
    looking = true;
    lookedForUntil = now() + LOOKED_FOR;
    asking.start();
  }

  async function look() {
    await again();
    looking = unchecked() && now() < lookedForUntil;
    page.draw();
    return looking;
  }

  async function chosen(files) {
    starting ??= newUploads().finally(() => { starting = null; });
    uploads ??= await starting;
    if (!isOpen()) return;
    uploads?.add(files);
    await send();
  }

  async function newUploads() {
    const module = await taking.run();
    const places = () => stored().filter(({ status }) => status !== "refused").length;
    return module && new module.Uploads(() => page.draw(), limits, [], places);
  }

  function send() {
    page.draw();
    return uploads?.deliver(ask, async (file) => {
      arrived.add(file.document);
      await again();
      uploads.remove(file, () => page.draw());
      lookFor();
    });
  }

  async function read({ document }) {
    const link = await reading.run({ document });
    if (link) follow(link.url);
  }

  const remove = (each) =>
    dialogs.confirm(t("inside.documents.removeTitle"), html`<p>${t("inside.documents.removeWhat", { name: each.name })}</p>`, {
      yes: t("inside.documents.remove"),
      deed: removing,
      act: () => removing.run({ document: each.document }),
      done: again,
    });

  function view(booking) {
    const taken = TAKEN_IN.has(booking.status);
    if (page.state.documents?.error?.status === 404) return nothing; // the patient is of age, and somebody else's
    if (!taken && page.state.documents?.value?.length === 0) return nothing;
    return html`
      <section class="card" aria-labelledby="documents">
        <h2 id="documents">${t("inside.documents.title")}</h2>
        <p class="quiet">${t(taken ? "inside.documents.intro" : "inside.documents.kept")}</p>
        ${reading.told()}
        ${shown(page.state.documents, again, () => html`<ul class="stored">${stored().map(line)}</ul>`)}
        ${uploads?.list(() => page.draw(), send)}
        ${taken ? chooser(limits, chosen) : nothing}
        ${taking.told()}${uploads?.errors()}
      </section>
    `;
  }

  /** What has waited for its file for too long to be still on its way was broken off, here or elsewhere. */
  const stateOf = ({ document, status }) =>
    status === "awaiting_upload" && !arrived.has(document) && !looking ? "missing" : status;

  const line = (each) => html`
    <li>
      <div>
        <strong>${each.name}</strong>
        <small>${size(each.size)} · <span role="status">${t(`inside.documents.states.${stateOf(each)}`)}</span></small>
        ${each.reason ? html`<p class="error">${each.reason}</p>` : nothing}
      </div>
      <div class="row">
        ${each.status === "ready"
          ? button(t("inside.documents.read"), () => read(each), { look: "plain", label: t("inside.documents.readWhat", { name: each.name }) })
          : nothing}
        ${button(t("inside.documents.remove"), () => remove(each), { look: "danger", label: t("inside.documents.removeOne", { name: each.name }) })}
      </div>
    </li>
  `;

  return { load: loadAll, view, close: () => { asking.close(); uploads?.close(); } };
}
