/**
 * Who is signed in. The token lives in memory alone; what outlives a reload is the refresh token, in a cookie that
 * no script can read.
 */

import { ApiError, call } from "./api.js";

const EARLY = 30_000; // milliseconds before its end a token is no longer used

export class Session {
  #base;
  #token = null;
  #whose = null; // the subject of the latest token: stays when the session has ended, for they may come back
  #expires = 0;
  #renewing = null;
  #ended;
  #left;
  #others; // the browser's other tabs, which share the cookie

  /**
   * `base`: "/sign-in" for patients, "/staff" for the staff. `ended` hears that nobody is signed in any more.
   * `left(whose)` hears that another tab has signed out (null), or somebody else in: nothing of whoever was here may stay.
   */
  constructor(base, ended = () => {}, left = ended) {
    this.#base = base;
    this.#ended = ended;
    this.#left = left;
    this.#others = new BroadcastChannel(base);
    this.#others.onmessage = ({ data: whose }) => this.#whose !== null && whose !== this.#whose && this.#leave(whose);
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
  begin(answer) {
    this.#take(answer);
    this.#others.postMessage(this.#whose);
  }

  /** What the token says of whoever holds it, for show: the API alone decides what they may. */
  get claims() {
    return this.#token ? claimsOf(this.#token) : {};
  }

  /** A call in the name of whoever is signed in; with a token that was refused, once more with a new one. */
  async call(method, path, options = {}) {
    const whose = this.#whose;
    const signed = { ...options, token: () => this.#fresh(whose) };
    try {
      return await call(method, path, signed);
    } catch (error) {
      if (error.status !== 401 || !this.#token) throw error;
      this.#expires = 0; // the token stays until its renewal has failed: only then has a session ended
      return await call(method, path, signed);
    }
  }

  async signOut(everywhere = false) {
    await call("POST", `${this.#base}/sign-out`, { body: { everywhere } }).catch((error) => this.#refused(error));
    this.#token = this.#whose = null;
    this.#others.postMessage(null);
  }

  /** The token, while it is still of whoever the call was made for: it may have waited long. */
  async #fresh(whose) {
    if (this.#token && Date.now() > this.#expires - EARLY) await this.#renew();
    if (!this.#token || this.#whose !== whose) throw signedOut();
    return this.#token;
  }

  /** One request for however many callers: a refresh token may be good for one use only. */
  #renew() {
    const whose = this.#whose;
    this.#renewing ??= call("POST", `${this.#base}/refresh`, { body: {} })
      .then((answer) => this.#goOn(answer, whose), (error) => this.#refused(error))
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  /** The cookie is the whole browser's: it may be somebody else's by now, or whoever was here have left meanwhile. */
  #goOn(answer, whose) {
    const { sub } = claimsOf(answer.token);
    if (whose !== null && this.#whose === whose && sub !== whose) this.#leave(sub);
    if (this.#whose !== whose) throw signedOut();
    this.#take(answer);
  }

  #take({ token, expires_in }) {
    this.#token = token;
    this.#whose = claimsOf(token).sub;
    this.#expires = Date.now() + expires_in * 1000;
  }

  #refused(error) {
    const had = this.#token !== null;
    if (error instanceof ApiError && error.status === 401) this.#token = null;
    if (had && !this.#token) this.#ended();
    throw error;
  }

  #leave(whose) {
    this.#token = this.#whose = null;
    this.#left(whose);
  }
}

const signedOut = () => new ApiError({ status: 401, code: "signed_out" });

function claimsOf(token) {
  const part = token.split(".")[1];
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
