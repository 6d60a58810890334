/** Something done again each minute, while the tab is in sight; at once when it comes into sight after longer. */

const EVERY = 60_000; // milliseconds

export class Polling {
  #act;
  #last = Date.now();
  #timer;
  #seen = () => document.visibilityState === "visible" && this.#due();

  constructor(act) {
    this.#act = act;
    this.#timer = setInterval(() => this.#due(), EVERY / 4);
    document.addEventListener("visibilitychange", this.#seen);
  }

  #due() {
    if (document.visibilityState !== "visible" || Date.now() - this.#last < EVERY) return;
    this.#last = Date.now();
    this.#act();
  }

  close() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#seen);
  }
}
