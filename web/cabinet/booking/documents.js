/** What is attached to a booking (S9): sent with its progress, checked, read, removed. */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError, newKey, upload } from "../../shared/api.js";
import { size } from "../../shared/format.js";
import { t } from "../../shared/texts.js";
import { button, errorText, message } from "../../shared/ui.js";
import { Asking, Deed } from "../deed.js";
import { load, shown } from "../load.js";
import { follow } from "../save.js";

const TAKEN_IN = new Set(["AWAITING_CONSENT", "AWAITING_PAYMENT", "SCHEDULED"]);

export function documentsOf({ page, session, base, dialogs, catalogue: { uploads } }) {
  const sending = []; // { name, share, error, file, key, stop }
  const path = (document) => `${base}/documents/${encodeURIComponent(document)}`;
  const asking = new Asking(async () => { await again(); return unchecked(); }, { first: 1000, longest: 10_000 });
  const removing = new Deed(page, ({ document }) => session.call("DELETE", path(document)));
  const reading = new Deed(page, ({ document }) => session.call("GET", path(document)));

  const again = () => load(page, "documents", async () => (await session.call("GET", `${base}/documents`)).documents);
  const unchecked = () => page.state.documents.value?.some(({ status }) => status === "awaiting_upload");

  async function loadAll() {
    await again();
    if (unchecked()) asking.start();
  }

  function chosen(event) {
    const files = [...event.target.files];
    event.target.value = ""; // so that the same file can be chosen again
    for (const file of files) {
      const each = { name: file.name, file, share: 0, error: refused(file), key: newKey(), stop: null };
      sending.push(each);
      if (!each.error) send(each);
    }
    page.draw();
  }

  /** The media type by the file's ending: browsers know none of HEIC. */
  const typeOf = ({ name }) =>
    Object.keys(uploads.types).find((each) => uploads.types[each].includes(name.toLowerCase().split(".").at(-1)));
  const endings = Object.values(uploads.types).flat();

  /** What the API would refuse is said before anything is sent. */
  function refused(file) {
    if (!typeOf(file)) return t("inside.documents.wrongType");
    if (file.size > uploads.largest) return t("inside.documents.tooLarge", { size: size(uploads.largest) });
    return file.size ? null : t("inside.documents.empty");
  }

  async function send(each) {
    Object.assign(each, { error: null, share: 0, stop: new AbortController() });
    page.draw();
    try {
      const body = { name: each.name, type: typeOf(each.file), size: each.file.size };
      const { upload: form } = await session.call("POST", `${base}/documents`, { body, key: each.key });
      if (form) await upload(form, each.file, (share) => { each.share = share; page.draw(); }, each.stop.signal);
      sending.splice(sending.indexOf(each), 1);
      await again();
      asking.start();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.unanswered) each.key = newKey();
      each.error = error.fields[0]?.message ?? errorText(error);
      page.draw();
    }
  }

  function drop(each) {
    each.stop?.abort();
    sending.splice(sending.indexOf(each), 1);
    page.draw();
  }

  async function read({ document }) {
    const link = await reading.run({ document });
    if (link) follow(link.url);
  }

  const remove = (each) =>
    dialogs.confirm(t("inside.documents.removeTitle"), html`<p>${t("inside.documents.removeWhat", { name: each.name })}</p>`, {
      yes: t("inside.documents.remove"),
      deed: removing,
      act: async () => {
        const done = await removing.run({ document: each.document });
        if (done) await again();
        return done;
      },
    });

  function view(booking) {
    const taken = TAKEN_IN.has(booking.status);
    const none = page.state.documents?.value?.length === 0 && !sending.length;
    if (none && !taken) return nothing;
    return html`
      <section class="card" aria-labelledby="documents">
        <h2 id="documents">${t("inside.documents.title")}</h2>
        <p class="quiet">${t(taken ? "inside.documents.intro" : "inside.documents.kept")}</p>
        ${reading.told()}
        ${shown(page.state.documents, again, (documents) => html`<ul class="stored">${documents.map(stored)}${sending.map(underWay)}</ul>`)}
        ${taken ? chooser() : nothing}
      </section>
    `;
  }

  const chooser = () => html`
    <label class="button plain attach">
      ${t("inside.documents.add")}
      <input type="file" multiple accept=${endings.map((each) => `.${each}`).join(",")} @change=${chosen} aria-describedby="documents-hint" />
    </label>
    <p class="hint" id="documents-hint">${t("inside.documents.hint", { types: Object.values(uploads.types).map(([each]) => each.toUpperCase()).join(", "), size: size(uploads.largest), count: uploads.most })}</p>
  `;

  const stored = (each) => html`
    <li>
      <div>
        <strong>${each.name}</strong>
        <small>${size(each.size)} · <span role="status">${t(`inside.documents.states.${each.status}`)}</span></small>
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

  const underWay = (each) => html`
    <li>
      <div>
        <strong>${each.name}</strong>
        ${each.error
          ? message("error", each.error)
          : html`<progress max="1" .value=${each.share} aria-label=${t("inside.documents.progress", { name: each.name })}></progress>`}
      </div>
      <div class="row">
        ${each.error && !refused(each.file) ? button(t("common.again"), () => send(each), { look: "plain" }) : nothing}
        ${button(t(each.error ? "inside.documents.hide" : "inside.documents.stop"), () => drop(each), { look: "plain" })}
      </div>
    </li>
  `;

  return { load: loadAll, view, close: () => { asking.close(); for (const each of sending) each.stop?.abort(); } };
}
