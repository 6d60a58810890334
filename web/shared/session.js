/**
 * Who is signed in. The token lives in memory alone; what outlives a reload is the refresh token, in a cookie that
 * no script can read.
 */

import { ApiError, call } from "./api.js";

const EARLY = 30_000; // milliseconds before its end a token is no longer used

export class Session {
  #base;
  #token = null;
  #expires = 0;
  #renewing = null;
  #over = false; // nobody asks for a session that has ended, until another begins
  #ended;

  /** `base`: "/sign-in" for patients, "/staff" for the staff. `ended` hears that nobody is signed in any more. */
  constructor(base, ended = () => {}) {
    this.#base = base;
    this.#ended = ended;
  }

  /** Go on with the session of before a reload; whether there is one. */
  async restore() {
    try {
      await this.#renew();
      return true;
    } catch (error) {
      if (error.status === 401) return false;
      throw error;
    }
  }

  /** What a sign-in was answered: `token`, and `expires_in` in seconds. */
  begin({ token, expires_in }) {
    this.#token = token;
    this.#expires = Date.now() + expires_in * 1000;
    this.#over = false;
  }

  /** What the token says of whoever holds it, for show: the API alone decides what they may. */
  get claims() {
    const part = this.#token?.split(".")[1];
    if (!part) return {};
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  /** A call in the name of whoever is signed in; with a token that was refused, once more with a new one. */
  async call(method, path, options = {}) {
    const signed = { ...options, token: () => this.#fresh() };
    try {
      return await call(method, path, signed);
    } catch (error) {
      if (error.status !== 401 || !this.#token) throw error;
      this.#expires = 0; // the token stays until its renewal has failed: only then has a session ended
      return await call(method, path, signed);
    }
  }

  async signOut(everywhere = false) {
    await call("POST", `${this.#base}/sign-out`, { body: { everywhere } });
    this.#token = null;
  }

  async #fresh() {
    if (this.#over) throw new ApiError({ status: 401, code: "signed_out" });
    if (!this.#token || Date.now() > this.#expires - EARLY) await this.#renew();
    return this.#token;
  }

  /** One request for however many callers: a refresh token may be good for one use only. */
  #renew() {
    this.#renewing ??= call("POST", `${this.#base}/refresh`, { body: {} })
      .then((answer) => this.begin(answer))
      .catch((error) => {
        if (error instanceof ApiError && error.status === 401) {
          const had = this.#token !== null;
          this.#token = null;
          this.#over = had;
          if (had) this.#ended();
        }
        throw error;
      })
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }
}
