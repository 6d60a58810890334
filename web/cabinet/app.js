/** The cabinet's frame: who is signed in, which section is open, the way out. */

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { ApiError, call } from "../shared/api.js";
import { Router } from "../shared/router.js";
import { Session } from "../shared/session.js";
import { loadTexts, t } from "../shared/texts.js";
import { failed, loading, reopen } from "../shared/ui.js";
import { forget, resume } from "./load.js";
import { zonesOf } from "./when.js";

const SECTIONS = {
  bookings: () => import("./bookings.js"),
  booking: () => loaded(import("./booking.js"), "inside", "booking"),
  move: () => loaded(import("./booking/move.js"), "inside", "booking"),
  signed: () => loaded(import("./booking/signed.js"), "inside"),
  balance: () => loaded(import("./balance.js"), "balance"),
  calls: () => loaded(import("./calls.js"), "inside"),
  people: () => loaded(import("./people.js"), "people"),
  unknown: () => import("./unknown.js"),
};
const TABS = [["bookings"], ["balance", "balance"], ["calls", "calls"], ["people", "people"]];

const TOKEN = /^#[a-z2-7]{16,64}$/; // of the link in an SMS, /cabinet/bookings/<booking>#<token>; as the API makes it

const at = (id) => document.getElementById(id);
const session = new Session("/sign-in", ended, left);
const router = new Router("/cabinet/", show);

let people = null; // loaded once for all sections
let clinic = null;
let open = null; // the section that was opened last
let place = null; // the element that it is drawn in, on the page unless somebody has to sign in
let address = null; // of that section
let turn = 0; // counts what was asked for, so that only the latest is shown
let holder = null; // whose cabinet it is: the subject of the token
let door = null; // the way in, while it stands on the page

/** A section with its words: the first load does without. `shared`: words and looks that the site's form has too. */
async function loaded(section, words, ...shared) {
  const [module] = await Promise.all([section, loadTexts(words, ...shared), ...shared.map(styles)]);
  return module;
}

const styled = new Map();

/** A style sheet of another part, once. */
function styles(name) {
  if (!styled.has(name)) {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/${name}/${name}.css` });
    styled.set(name, new Promise((done) => { sheet.onload = sheet.onerror = done; }));
    document.head.append(sheet);
  }
  return styled.get(name);
}

/** Which section an address opens: its name, and the parts of the address it reads. */
function sectionOf([first, id, more]) {
  if (first === undefined) return "bookings";
  if (first !== "bookings") return ["balance", "calls", "people"].includes(first) ? first : "unknown";
  if (id === undefined) return "bookings";
  return more === undefined ? "booking" : { move: "move", signed: "signed" }[more] ?? "unknown";
}

async function begin() {
  await loadTexts("cabinet");
  at("top").replaceChildren(); // what stands there without a script
  frame();
  addEventListener("hashchange", follow);
  render(loading(), at("entry"));
  await enter(takeLink());
}

/** Take the token off the address, before anything else could keep or send it; null: there is none. */
function takeLink() {
  if (!TOKEN.test(location.hash)) return null;
  const token = location.hash.slice(1);
  const [section, booking] = router.path;
  history.replaceState(null, "", location.pathname);
  return section === "bookings" && booking ? { booking, link: token } : null;
}

/** The link of the SMS, if one was opened; else the session of before a reload; else the code. */
async function enter(link) {
  try {
    const why = link && (await byLink(link));
    if (holder && why === null) return;
    if (await session.restore()) signedIn();
    else await ask(why);
  } catch (error) {
    // The token is off the address by now: it is kept for another try.
    render(failed(passing(error), () => enter(link)), at("entry"));
  }
}

/** Sign in by a link; what has to be said where it does not open. */
async function byLink(link) {
  try {
    signedIn(await call("POST", "/sign-in/sessions", { body: link }));
    return null;
  } catch (error) {
    if (!(error instanceof ApiError) || error.unanswered) throw error;
    return error.status === 429 ? error : "link";
  }
}

/** What can be said of an error: a part of the page that did not come is no connection; the rest is a mistake of ours. */
function passing(error) {
  if (error instanceof ApiError) return error;
  reportError(error);
  return new ApiError({ code: "unreachable" });
}

/** A link opened where the cabinet stands already changes the fragment alone, and loads nothing. */
function follow() {
  if (TOKEN.test(location.hash)) enter(takeLink());
}

function signedIn(answer) {
  if (answer) session.begin(answer);
  door?.close();
  door = null;
  const same = belongsTo(session.claims.sub);
  if (same && open && address === location.pathname) return goOn();
  show(router.path, { focus: answer !== undefined });
}

/** The cabinet is this holder's. False: it was nobody's or somebody else's, and nothing of it is there any more. */
function belongsTo(whose) {
  const same = holder === whose;
  holder = whose;
  if (!same) clear();
  // What this tab keeps outlives a reload, after which somebody else may be signed in.
  if (![null, whose].includes(sessionStorage.getItem("holder"))) sessionStorage.clear();
  sessionStorage.setItem("holder", whose);
  return same;
}

/** As it was left: what was typed is still there, an open window too, and what was cut off is done anew. */
function goOn() {
  render(nothing, at("entry"));
  frame();
  if (!place.isConnected) {
    at("section").replaceChildren(place);
    at("main").focus();
    for (const window of place.querySelectorAll("dialog")) reopen(window);
  }
  resume();
}

/** The code to the phone. `why`: what has to be said before, "link", "ended", "another" or an error. */
async function ask(why) {
  door?.close();
  const mine = (door = { close() {} });
  at("section").replaceChildren();
  frame();
  try {
    const [{ open: openDoor }] = await Promise.all([import("./sign-in.js"), loadTexts("door")]);
    if (door === mine) door = openDoor({ root: at("entry"), why, done: signedIn });
  } catch (error) {
    if (door === mine) render(failed(passing(error), () => ask(why)), at("entry"));
  }
}

/** What was typed stays in the section, which waits off the page: a window of it would lie over the way in. */
function ended() {
  ask("ended");
}

/** Somebody has signed out, here or in another tab, or somebody else in (`whose`): nothing of the cabinet stays. */
function left(whose) {
  sessionStorage.clear(); // what the site's form keeps is of whoever has left, too
  holder = null;
  clear();
  ask(whose === null ? null : "another");
}

async function signOut(everywhere) {
  await session.signOut(everywhere);
  history.replaceState(null, "", router.to());
  left(null);
}

/** Nothing is open, and nothing that was asked for is shown. */
function clear() {
  turn += 1;
  open?.close();
  open = people = null;
  forget();
}

async function show(path, { focus = true } = {}) {
  if (!holder || door) return;
  const mine = (turn += 1);
  open?.close();
  open = null;
  forget();
  address = location.pathname;
  place = document.createElement("div");
  const root = place;
  at("section").replaceChildren(root);
  render(nothing, at("entry"));
  frame();
  render(loading(), root);
  try {
    const known = theCatalogue();
    const [section, catalogue, zones] = await Promise.all([SECTIONS[sectionOf(path)](), known, theZones(known)]);
    if (mine !== turn) return;
    render(nothing, root);
    open = section.open({
      root, session, router, path, focus, catalogue, zones,
      people: thePeople, reloadCatalogue: () => theCatalogue({ anew: true }), signOut,
    });
    titled(t(`cabinet.titles.${sectionOf(path)}`));
  } catch (error) {
    if (mine === turn) render(failed(passing(error), () => show(path)), root);
  }
}

/** Doctors, kinds, the documents to sign: asked for at each section, since the clinic changes them. */
async function theCatalogue(options) {
  const known = await call("GET", "/catalogue", options);
  if (!clinic) {
    clinic = known.clinic;
    frame();
  }
  return known;
}

/** The people entered with the holder's latest bookings. */
function thePeople() {
  people ??= session.call("GET", "/me/people").catch((error) => ((people = null), Promise.reject(error)));
  return people;
}

/** Times are shown all the same where the people cannot be had just now: by the browser's zone. */
async function theZones(known) {
  const [catalogue, entered] = await Promise.all([known, thePeople().catch(() => null)]);
  return zonesOf(catalogue, entered);
}

function titled(words) {
  document.title = `${words} – ${clinic?.name ?? t("cabinet.title")}`;
}

function frame() {
  const within = holder !== null && door === null;
  const current = sectionOf(router.path);
  at("tabs").hidden = !within;
  render(
    html`<a class="clinic" href="/">${clinic?.name ?? t("cabinet.clinic")}</a>
      ${within ? html`<button type="button" class="out" @click=${() => signOut(false).catch(told)}>${t("cabinet.signOut")}</button>` : nothing}`,
    at("top"),
  );
  render(
    TABS.map(([name, ...parts]) => {
      const here = name === current || (name === "bookings" && ["booking", "move", "signed"].includes(current));
      return html`<a href=${router.to(...parts)} aria-current=${here ? "page" : nothing}>${t(`cabinet.tabs.${name}`)}</a>`;
    }),
    at("tabs"),
  );
  render(
    html`${clinic ? html`<p>${t("cabinet.phone")} <a href="tel:${clinic.phone.replaceAll(/[^+\d]/g, "")}">${clinic.phone}</a></p>` : nothing}
      ${within ? html`<p><a href="/">${t("cabinet.book")}</a></p>` : nothing}`,
    at("bottom"),
  );
  if (!within) titled(t("cabinet.titles.signIn"));
}

function told(error) {
  render(failed(error), at("entry"));
}

begin();
