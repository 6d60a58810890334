/**
 * Documents (S9): chosen before there is a booking, held in memory, sent once there is one.
 *
 * A page that was opened again has lost the files; their names are remembered, so that it can be said.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call, newKey, upload } from "../shared/api.js";
import { below, fieldId } from "../shared/fields.js";
import { size } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, errorText } from "../shared/ui.js";

const CHECKS = [1000, 1500, 2500, 4000]; // milliseconds between the looks at what the clinic's check says
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

export class Uploads {
  #draw;
  #limits;
  #errors = [];
  #lost;
  #gone = new AbortController();

  /** `limits`: `uploads` of the catalogue. `lost`: the names of files that were chosen before a reload. */
  constructor(draw, limits, lost = []) {
    this.#draw = draw;
    this.#limits = limits;
    this.#lost = lost;
    this.files = []; // {file, key, state, share, error, document}
  }

  get names() {
    return this.files.length ? this.files.map(({ file }) => file.name) : this.#lost;
  }

  /** Whether all that was chosen has arrived, as far as it is known. */
  get settled() {
    return this.files.every(({ state }) => ["ready", "sent"].includes(state));
  }

  close() {
    this.#gone.abort();
  }

  /** From now on somebody else draws. */
  follow(draw) {
    this.#draw = draw;
  }

  /** Where files are chosen, and those that are. */
  choose(changed) {
    const { most, largest } = this.#limits;
    const hint = t("booking.documentsHint", { types: this.#typeNames(), size: size(largest), count: most });
    const chosen = (event) => {
      this.#add([...event.target.files]);
      event.target.value = ""; // the same file may be chosen once more
      changed();
    };
    return html`
      <div class="field" ?data-wrong=${this.#errors.length}>
        <h2>${t("booking.documents")} <span class="optional">${t("common.optional")}</span></h2>
        ${below("documents", hint, null)}
        <p><label class="button plain">
          <input type="file" multiple id=${fieldId("documents")} accept=${this.#accepted()} @change=${chosen}
            aria-describedby="${fieldId("documents")}-hint" />${t("booking.choose")}
        </label></p>
        <div aria-live="polite">${this.#errors.map((each) => html`<p class="error">${each}</p>`)}</div>
        ${this.#lost.length ? html`<p class="message warning" role="status">${t("booking.chooseAgain", { names: this.#lost.join(", ") })}</p>` : nothing}
        ${this.list(changed)}
      </div>
    `;
  }

  /** The files and how each stands. */
  list(changed = this.#draw) {
    if (!this.files.length) return nothing;
    return html`<ul class="files">${this.files.map((each) => this.#line(each, changed))}</ul>`;
  }

  /**
   * Send all that has not arrived, one after another; says when done whether all did.
   *
   * `path`: where the booking's documents are. `options`: what opens it (`capability` or `token`).
   */
  async send(path, options) {
    for (const each of this.files.filter(({ state }) => ["chosen", "failed"].includes(state))) each.state = "waiting";
    for (const each of this.files.filter(({ state }) => state === "waiting")) await this.#send(each, path, options);
    await this.#checked(path, options);
    return this.settled;
  }

  async #send(each, path, options) {
    Object.assign(each, { state: "sending", share: 0, error: null });
    this.#draw();
    try {
      const { name, type, size: bytes } = { name: each.file.name, type: this.#typeOf(each.file), size: each.file.size };
      const made = await call("POST", path, { ...options, key: each.key, body: { name, type, size: bytes } });
      each.document = made.document;
      if (made.upload) await upload(made.upload, each.file, (share) => this.#progressed(each, share), this.#gone.signal);
      each.state = "checking";
    } catch (error) {
      Object.assign(each, { state: "failed", error: error.fields?.[0]?.message ?? errorText(error) });
    }
    this.#draw();
  }

  #progressed(each, share) {
    each.share = share;
    this.#draw();
  }

  /** What was sent is looked at by the clinic: whoever sent it hears of a refusal while they are here. */
  async #checked(path, options) {
    for (const milliseconds of CHECKS) {
      if (!this.files.some(({ state }) => state === "checking")) return;
      await new Promise((done) => setTimeout(done, milliseconds));
      const { documents } = await call("GET", path, options).catch(() => ({ documents: [] }));
      for (const each of this.files.filter(({ state }) => state === "checking")) {
        const found = documents.find(({ document }) => document === each.document);
        if (found?.status === "ready") each.state = "ready";
        if (found?.status === "refused") Object.assign(each, { state: "refused", error: found.reason });
      }
      this.#draw();
    }
    for (const each of this.files.filter(({ state }) => state === "checking")) each.state = "sent";
    this.#draw();
  }

  #line(each, changed) {
    const { file, state, share, error } = each;
    const fixed = ["waiting", "sending", "checking", "ready", "sent"].includes(state);
    return html`
      <li>
        <div class="file">
          <span class="name">${file.name} <small>${size(file.size)}${state === "chosen" ? nothing : html`, ${t(`booking.upload.${state}`, { percent: percent.format(share) })}`}</small></span>
          ${fixed ? nothing : button(t("booking.remove"), () => this.#remove(each, changed), { look: "plain", label: t("booking.removeFile", { name: file.name }) })}
        </div>
        ${state === "sending" ? html`<progress max="1" .value=${share} aria-label=${t("booking.progress", { name: file.name })}></progress>` : nothing}
        ${error ? html`<p class="error" role="alert">${error}</p>` : nothing}
      </li>
    `;
  }

  #add(files) {
    const { most } = this.#limits;
    this.#errors = [];
    this.#lost = [];
    for (const file of files) {
      const wrong = this.#refusal(file);
      if (wrong) this.#errors.push(wrong);
      else if (this.files.length < most) this.files.push({ file, key: newKey(), state: "chosen", share: 0, error: null, document: null });
      else {
        this.#errors.push(t("booking.tooMany", { count: most }));
        break;
      }
    }
  }

  #remove(each, changed) {
    this.files = this.files.filter((other) => other !== each);
    this.#errors = [];
    changed();
  }

  #refusal({ name, size: bytes, type }) {
    if (!this.#typeOf({ name, type })) return t("booking.wrongType", { name, types: this.#typeNames() });
    if (bytes > this.#limits.largest) return t("booking.tooLarge", { name, size: size(this.#limits.largest) });
    return bytes ? null : t("booking.emptyFile", { name });
  }

  /** The media type; by the file's ending where the browser knows none (HEIC). */
  #typeOf({ name, type }) {
    if (this.#limits.types[type]) return type;
    const ending = name.toLowerCase().split(".").at(-1);
    return Object.keys(this.#limits.types).find((each) => this.#limits.types[each].includes(ending));
  }

  #typeNames() {
    return Object.values(this.#limits.types).map(([ending]) => ending.toUpperCase()).join(", ");
  }

  #accepted() {
    const { types } = this.#limits;
    return [...Object.keys(types), ...Object.values(types).flat().map((ending) => `.${ending}`)].join(",");
  }
}
