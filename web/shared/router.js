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
