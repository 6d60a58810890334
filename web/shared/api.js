/** Our API, as a page calls it. Everything that may go wrong comes out as one `ApiError`. */

const BASE = "/api";
const PATIENCE = 30_000; // milliseconds: longer than any of the API's own functions may take
const PAUSES = [500, 1500, 4000]; // milliseconds before each further try
const PASSING = new Set([502, 503, 504]);
const LONGEST_PAUSE = 10; // seconds; whoever would have to wait longer is told so instead

/** What the API, or the way to it, refused. `fields`: [{path, code, message}], the messages in the user's language. */
export class ApiError extends Error {
  constructor({ status = 0, code, message = "", fields = [], retryAfter = 0, ...details }) {
    super(message);
    Object.assign(this, { status, code, fields, retryAfter, details });
  }

  /** Whether nobody knows if it was done: the same call, with the same key, may be made again. */
  get unanswered() {
    return this.status === 0 || this.status >= 500;
  }
}

let ahead = 0; // milliseconds that the server's clock is ahead of this machine's

/** The moment by the server's clock, in milliseconds: holds and slots end by that, whatever this machine believes. */
export const now = () => Date.now() + ahead;

/** A key for one thing to be created: the same key twice creates it once. */
export const newKey = () => crypto.randomUUID();

/**
 * One call, made again where that is safe: of what only reads, and of what carries a key.
 *
 * `key`: an Idempotency-Key. `token`: a function that promises the bearer's token. `capability`: opens one booking.
 * `version`: what is replaced must still be this one (If-Match). `anew`: not as the browser keeps it.
 * Returns what was answered: JSON as an object, anything else as text, nothing as null.
 */
export async function call(method, path, { body, key, token, capability, version, anew } = {}) {
  const repeatable = method === "GET" || key !== undefined;
  for (let tries = 0; ; tries += 1) {
    try {
      return await once(method, path, { body, key, token: await token?.(), capability, version, anew });
    } catch (error) {
      const passing = error.status === 0 || PASSING.has(error.status) || (error.status === 429 && mayPass(error));
      const soon = error.retryAfter <= LONGEST_PAUSE;
      if (!(error instanceof ApiError) || !repeatable || !passing || !soon || tries >= PAUSES.length) throw error;
      await pause(Math.max(PAUSES[tries], error.retryAfter * 1000));
    }
  }
}

/** A limit of ours without an end is for hours; API Gateway's, which has no code of ours, for a moment. */
const mayPass = ({ retryAfter, code }) => retryAfter > 0 || code === "failed";

async function once(method, path, { body, key, token, capability, version, anew }) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (token) headers.Authorization = `Bearer ${token}`;
  if (capability) headers["X-Booking-Capability"] = capability;
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  let answer;
  let text;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
      credentials: "same-origin",
      cache: method !== "GET" ? "no-store" : anew ? "reload" : "default",
    });
    text = await answer.text();
  } catch {
    throw new ApiError({ code: "unreachable" });
  }
  if (answer.headers.get("Cache-Control") === "no-store" && answer.headers.has("Date")) {
    ahead = Date.parse(answer.headers.get("Date")) - Date.now();
  }
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  const content = isJson && text ? JSON.parse(text) : text || null;
  if (answer.ok) return content;
  throw new ApiError({
    code: answer.status === 401 ? "signed_out" : "failed", // what API Gateway itself refuses has no code of ours
    ...content?.error,
    status: answer.status,
    retryAfter: Number(answer.headers.get("Retry-After")) || 0,
  });
}

/**
 * Send a file by the presigned form that the API has made.
 *
 * `progressed` hears of every step: a share from 0 to 1. `signal` breaks it off.
 */
export function upload({ url, fields }, file, progressed, signal) {
  return new Promise((done, failed) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file); // S3 reads nothing that comes after it
    const request = new XMLHttpRequest(); // fetch cannot tell how far it has come
    request.upload.onprogress = ({ loaded, total }) => total && progressed(loaded / total);
    request.onload = () =>
      request.status < 300 ? done() : failed(new ApiError({ status: request.status, code: "upload_refused" }));
    request.onerror = () => failed(new ApiError({ code: "unreachable" }));
    request.onabort = () => failed(new ApiError({ code: "aborted" }));
    signal?.addEventListener("abort", () => request.abort());
    let stalled;
    const moves = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => {
        failed(new ApiError({ code: "unreachable" }));
        request.abort();
      }, PATIENCE);
    };
    request.upload.addEventListener("progress", moves);
    request.onloadend = () => clearTimeout(stalled);
    moves();
    request.open("POST", url);
    request.send(form);
  });
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
