/**
 * The catalogue as an administrator is changing it: a copy of the document in force, saved as a whole.
 *
 * One draft for all sections, so that somebody may go from one to another before saving. What somebody else saved
 * meanwhile is brought together with it; nothing typed is lost.
 */

import { ApiError } from "../shared/api.js";
import { errorsByPath } from "../shared/fields.js";
import { tryText } from "../shared/texts.js";
import { changesOf, merged } from "./catalogue_changes.js";

const copy = (value) => structuredClone(value);
const partsOf = (path) => path.split(".");

class CatalogueDraft {
  #told = () => {};
  #changes = null; // counted when they are asked for

  constructor() {
    this.#forget();
  }

  #forget() {
    Object.assign(this, { base: null, version: null, document: null, typed: new Map() });
    Object.assign(this, { errors: {}, error: null, busy: false, saved: null, overtaken: null, checking: false });
    this.#changes = null;
  }

  /** `told()` hears of every change: the page that shows the draft now. */
  showOn(told) {
    this.#told = told;
  }

  get isDirty() {
    return this.changes.length > 0;
  }

  /** What saving would change: [{ path, before, after }, …]. */
  get changes() {
    return (this.#changes ??= this.document === null ? [] : changesOf(this.base, this.document));
  }

  /** Another document is in force, or drafted. */
  #put(parts) {
    Object.assign(this, parts);
    this.#changes = null;
    this.typed.clear();
  }

  /** Read what is in force, unless something is being changed. */
  async load(session) {
    if (this.isDirty) return;
    const { version, document } = await session.call("GET", "/internal/catalogue");
    if (this.isDirty) return; // somebody began meanwhile: a save will tell what they began from
    this.#put({ version, base: document, document: copy(document), errors: {}, error: null });
  }

  get(path) {
    return partsOf(path).reduce((found, part) => found?.[part], this.document);
  }

  list(path) {
    const found = this.get(path);
    return Array.isArray(found) ? found : [];
  }

  /** Write a value; undefined takes it out. What is on the way to it is made. */
  set(path, value) {
    const parts = partsOf(path);
    const last = parts.pop();
    const place = parts.reduce((found, part) => (found[part] ??= {}), this.document);
    if (value === undefined) delete place[last];
    else place[last] = value;
    this.#forgive(path);
    this.#changes = null;
    this.saved = null;
    this.#told();
  }

  /** Whether a part of a list is in force under its id, which nobody may change then. */
  isNew(list, index) {
    const id = this.get(`${list}.${index}.id`);
    const inForce = Array.isArray(this.base?.[list]) && this.base[list].some((each) => each.id === id);
    return !inForce || this.list(list).findIndex((each) => each.id === id) < index;
  }

  add(path, value) {
    this.set(path, [...this.list(path), value]);
    return this.list(path).length - 1;
  }

  remove(path, index) {
    this.set(path, this.list(path).filter((_, each) => each !== index));
  }

  /** What was wrong here is being mended, or is somewhere else by now. */
  #forgive(path) {
    this.errors = Object.fromEntries(Object.entries(this.errors).filter(([each]) => each !== path && !each.startsWith(`${path}.`)));
  }

  /** Another document in the place of this one, from a file. */
  replaceBy(document) {
    this.#put({ document, errors: {}, error: null, saved: null, overtaken: null });
    this.#told();
  }

  discard() {
    Object.assign(this, { checking: false, overtaken: null });
    this.replaceBy(copy(this.base));
  }

  /** Put the draft in force; whether it is. */
  async save(session) {
    if (this.busy) return false;
    const sent = copy(this.document); // what is typed meanwhile is not saved yet
    Object.assign(this, { busy: true, error: null, errors: {} });
    this.#told();
    try {
      const { version } = await session.call("PUT", "/internal/catalogue", { body: sent, version: this.version });
      Object.assign(this, { base: sent, version, saved: version, overtaken: null, checking: false });
      this.#changes = null;
      await this.#asWritten(session);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#refused(error, session);
      return false;
    } finally {
      this.busy = false;
      this.#told();
    }
  }

  /** The document as the API has written it down; unread, it is what was sent. */
  async #asWritten(session) {
    try {
      await this.load(session);
    } catch (unread) {
      if (!(unread instanceof ApiError)) throw unread;
    }
  }

  async #refused(error, session) {
    this.checking = false;
    if (error.code !== "catalogue_changed") {
      Object.assign(this, { error, errors: errorsByPath(error.fields.map(inPlainWords)) });
      return;
    }
    try {
      const theirs = await session.call("GET", "/internal/catalogue");
      const { value, clashes } = merged(this.base, this.document, theirs.document);
      this.#put({ base: theirs.document, document: copy(value), version: theirs.version, overtaken: { version: theirs.version, clashes } });
    } catch (unread) {
      if (!(unread instanceof ApiError)) throw unread;
      this.error = error;
    }
  }
}

/** What is wrong, for whoever sees ticks and roubles and not the document behind them. */
const inPlainWords = (fault) => ({ ...fault, message: (fault.code !== "needed" && tryText(`catalogue.faults.${fault.path.endsWith(".price") ? "price" : fault.code}`)) || fault.message });

export const draft = new CatalogueDraft();

addEventListener("beforeunload", (event) => draft.isDirty && event.preventDefault());
