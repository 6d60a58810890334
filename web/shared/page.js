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
