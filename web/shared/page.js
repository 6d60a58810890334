/**
 * A page: one state, one view of it, drawn again after every change.
 *
 * The view is a function of the state alone; what happens meanwhile changes the state by `change`.
 */

import { nothing, render } from "../vendor/lit-html/lit-html.js";
import { failed } from "./ui.js";

export class Page {
  #root;
  #view;
  #drawing = false;
  #closed = false;
  #after = [];
  #good = null; // the state that was last drawn

  /** `view(state, page)` gives the template of all that stands in `root`. */
  constructor(root, state, view) {
    this.#root = root;
    this.#view = view;
    this.state = state;
    this.draw();
  }

  /** Change the state and draw; the parts of it that are named. */
  change(parts = {}) {
    Object.assign(this.state, parts);
    this.draw();
  }

  /** Draw soon, once however many changes there were. */
  draw() {
    if (this.#drawing || this.#closed) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (this.#closed) return;
      const after = this.#after.splice(0);
      if (!this.#drawn()) return;
      for (const act of after) act();
    });
  }

  /** Whether the state could be drawn. One that could not is a mistake of ours: it is told, with the way back to the last that could. */
  #drawn() {
    try {
      render(this.#view(this.state, this), this.#root);
      this.#good = { ...this.state, busy: false }; // what was under way then has come to this
      return true;
    } catch (error) {
      reportError(error);
      const back = this.#good;
      render(failed({}, back && (() => this.change(back))), this.#root);
      return false;
    }
  }

  /** Take all of it away: what is answered later draws nothing, and countdowns stop. */
  close() {
    this.#closed = true;
    render(nothing, this.#root);
  }

  /** Do something once the page has been drawn: move the focus, scroll. */
  afterDraw(act) {
    this.#after.push(act);
    this.draw();
  }

  /** Move the focus to what a selector, or a function, finds, and tell a screen reader where it is. */
  focus(what) {
    this.afterDraw(() => {
      const found = typeof what === "function" ? what() : this.#root.querySelector(what);
      if (!found) return;
      if (!found.matches("a[href], button, input, select, textarea, [tabindex]")) found.setAttribute("tabindex", "-1");
      found.focus({ preventScroll: true });
      found.scrollIntoView({ block: found.matches("h1, h2, h3") ? "start" : "nearest" });
    });
  }
}

/** Which address of the page is open; `changed` hears of every change. Links within `base` change it without a load. */
export class Router {
  #base;
  #changed;

  constructor(base, changed) {
    this.#base = base;
    this.#changed = changed;
    addEventListener("popstate", () => this.#changed(this.path));
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /** The parts of the address behind `base`: ["bookings", "b-…"]. */
  get path() {
    return location.pathname.slice(this.#base.length).split("/").filter(Boolean).map(decodeURIComponent);
  }

  go(...parts) {
    history.pushState(null, "", this.to(...parts));
    this.#changed(this.path);
  }

  /** The address of these parts. */
  to(...parts) {
    return this.#base + parts.map(encodeURIComponent).join("/");
  }

  #follow(event) {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(this.#base)) return;
    event.preventDefault();
    // A fragment in the address would be a step of the history, and the section be opened anew.
    if (url.hash) return document.querySelector(url.hash)?.focus();
    if (url.pathname !== location.pathname) history.pushState(null, "", url.pathname);
    this.#changed(this.path);
  }
}
