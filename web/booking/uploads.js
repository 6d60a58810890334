/**
 * Documents (S9): chosen and held in memory until they have arrived. The site's form chooses them before there is a
 * booking, the cabinet at one.
 *
 * A page that was opened again has lost the files; their names are remembered, so that it can be said.
 */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { call, newKey, upload } from "../shared/api.js";
import { size } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, errorText } from "../shared/ui.js";
import { chooser, typeNames } from "./chooser.js";

const CHECKS = [1000, 1500, 2500, 4000]; // milliseconds between the looks at what the clinic's check says
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

export class Uploads {
  #draw;
  #limits;
  #errors = [];
  #lost;
  #taken;
  #ask = null; // asks the API about the booking's documents, once there is a booking
  #delivering = null;

  /**
   * `limits`: `uploads` of the catalogue. `lost`: the names of files that were chosen before a reload. `taken()`: how many
   * documents the booking has beside these files.
   */
  constructor(draw, limits, lost = [], taken = () => 0) {
    this.#draw = draw;
    this.#limits = limits;
    this.#lost = lost;
    this.#taken = taken;
    this.files = []; // {file, key, state, share, error, document, stop}
  }

  get names() {
    return this.files.length ? this.files.map(({ file }) => file.name) : this.#lost;
  }

  /** Whether all that was chosen has arrived, as far as it is known. */
  get settled() {
    return this.files.every(({ state }) => ["ready", "sent"].includes(state));
  }

  /** Whoever leaves stops what is on its way. */
  close() {
    for (const each of this.files) {
      each.stop?.abort();
      if (each.state === "waiting") each.state = "chosen";
    }
  }

  /** From now on somebody else draws. */
  follow(draw) {
    this.#draw = draw;
  }

  /** Where files are chosen, and those that are. */
  choose(changed) {
    const chosen = (files) => {
      this.add(files);
      changed();
    };
    return html`
      <div class="field" ?data-wrong=${this.#errors.length}>
        <h2>${t("booking.documents")} <span class="optional">${t("common.optional")}</span></h2>
        ${chooser(this.#limits, chosen, t("booking.documentsHint"))}
        ${this.errors()}
        ${this.#lost.length ? html`<p class="message warning" role="status">${t("booking.chooseAgain", { names: this.#lost.join(", ") })}</p>` : nothing}
        ${this.list(changed)}
      </div>
    `;
  }

  /** Of files that were chosen those that can be taken; the others are said to be wrong. */
  add(files) {
    this.#errors = [];
    this.#lost = [];
    for (const file of files) {
      const wrong = this.#refusal(file);
      if (wrong) this.#errors.push(wrong);
      else if (this.files.length + this.#taken() < this.#limits.most) this.files.push({ file, key: newKey(), state: "chosen", share: 0, error: null, document: null, stop: null });
      else {
        this.#errors.push(t("booking.tooMany", { count: this.#limits.most }));
        break;
      }
    }
  }

  /** What is wrong with those that were not taken. */
  errors = () => html`<div aria-live="polite">${this.#errors.map((each) => html`<p class="error">${each}</p>`)}</div>`;

  /** The files and how each stands. `again`: sends those that have failed once more. */
  list(changed = this.#draw, again = null) {
    if (!this.files.length) return nothing;
    return html`<ul class="files">${this.files.map((each) => this.#line(each, changed, again))}</ul>`;
  }

  /**
   * Send all that has not arrived, one after another; says when done whether all did.
   *
   * `path`: where the booking's documents are. `options`: what opens it (`capability` or `token`).
   */
  async send(path, options) {
    await this.deliver((method, of, more) => call(method, path + of, { ...options, ...more }));
    await this.#checked();
    return this.settled;
  }

  /**
   * Send all that has not arrived, one after another; what is chosen meanwhile comes after it.
   *
   * `ask(method, of, options)` calls the API about the booking's documents; `of`: behind their path. `arrived(file)`
   * hears of each that was sent.
   */
  deliver(ask, arrived = () => {}) {
    this.#ask = ask;
    for (const each of this.files.filter(({ state }) => ["chosen", "failed"].includes(state))) each.state = "waiting";
    this.#delivering ??= this.#deliver(arrived).finally(() => { this.#delivering = null; });
    return this.#delivering;
  }

  async #deliver(arrived) {
    for (let each; (each = this.files.find(({ state }) => state === "waiting")); ) {
      await this.#send(each);
      if (each.state === "checking") await arrived(each);
    }
  }

  async #send(each) {
    const stop = new AbortController();
    Object.assign(each, { state: "sending", share: 0, error: null, stop });
    this.#draw();
    try {
      const body = { name: each.file.name, type: this.#typeOf(each.file), size: each.file.size };
      const made = await this.#ask("POST", "", { key: each.key, body });
      each.document = made.document;
      if (made.upload && !stop.signal.aborted) await upload(made.upload, each.file, (share) => this.#progressed(each, share), stop.signal);
      each.state = "checking";
    } catch (error) {
      // The key stays whatever else was said: under it the API offers the place that was taken, and no second one.
      if (error.code === "idempotency_conflict") each.key = newKey();
      Object.assign(each, { state: "failed", error: error.fields?.[0]?.message ?? errorText(error) });
    }
    if (stop.signal.aborted) this.#forget(each);
    this.#draw();
  }

  /** As if nothing had been sent of a file: its place is given back. Where that fails an empty row stays. */
  #forget(each) {
    if (each.document) this.#ask("DELETE", `/${encodeURIComponent(each.document)}`).catch(() => {});
    Object.assign(each, { state: "chosen", key: newKey(), error: null, document: null });
  }

  #progressed(each, share) {
    each.share = share;
    this.#draw();
  }

  /** What was sent is looked at by the clinic: whoever sent it hears of a refusal while they are here. */
  async #checked() {
    for (const milliseconds of CHECKS) {
      if (!this.files.some(({ state }) => state === "checking")) return;
      await new Promise((done) => setTimeout(done, milliseconds));
      const { documents } = await this.#ask("GET", "").catch(() => ({ documents: [] }));
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

  #line(each, changed, again) {
    const { file, state, share, error } = each;
    const { name } = file;
    const remove = () => this.remove(each, changed);
    return html`
      <li>
        <div class="file">
          <span class="name">${name} <small>${size(file.size)}${state === "chosen" ? nothing : html`, ${t(`booking.upload.${state}`, { percent: percent.format(share) })}`}</small></span>
          <span class="row">
            ${state === "failed" && again ? button(t("booking.again"), again, { look: "plain", label: t("booking.againFile", { name }) }) : nothing}
            ${state === "sending" ? button(t("booking.stop"), remove, { look: "plain", label: t("booking.stopFile", { name }) }) : nothing}
            ${["checking", "ready", "sent", "sending"].includes(state) ? nothing : button(t("booking.remove"), remove, { look: "plain", label: t("booking.removeFile", { name }) })}
          </span>
        </div>
        ${state === "sending" ? html`<progress max="1" .value=${share} aria-label=${t("booking.progress", { name })}></progress>` : nothing}
        ${error ? html`<p class="error" role="alert">${error}</p>` : nothing}
      </li>
    `;
  }

  /** Take a file off the list; one on its way is stopped. */
  remove(each, changed) {
    this.files = this.files.filter((other) => other !== each);
    this.#errors = [];
    if (each.state === "sending") each.stop.abort();
    else if (each.state === "failed") this.#forget(each);
    changed();
  }

  #refusal({ name, size: bytes, type }) {
    if (!this.#typeOf({ name, type })) return t("booking.wrongType", { name, types: typeNames(this.#limits) });
    if (bytes > this.#limits.largest) return t("booking.tooLarge", { name, size: size(this.#limits.largest) });
    return bytes ? null : t("booking.emptyFile", { name });
  }

  /** The media type; by the file's ending where the browser knows none (HEIC). */
  #typeOf({ name, type }) {
    if (this.#limits.types[type]) return type;
    const ending = name.toLowerCase().split(".").at(-1);
    return Object.keys(this.#limits.types).find((each) => this.#limits.types[each].includes(ending));
  }
}
