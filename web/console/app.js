/** The console's frame: who is signed in, which section is open. */

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { call } from "../shared/api.js";
import { Page } from "../shared/page.js";
import { Router } from "../shared/router.js";
import { Session } from "../shared/session.js";
import { loadTexts, t } from "../shared/texts.js";
import { button, failed, loading, message, reopen } from "../shared/ui.js";
import { menuOf, sectionOf } from "./sections.js";
import { staffOf } from "./staff.js";

const main = document.getElementById("main");
const COMING = { close() {} }; // stands for a section that is still being loaded, or that nobody may see

class Console {
  #session = new Session("/staff", () => this.#ended(), leave);
  #router = new Router("/console/", () => this.#show());
  #open = null; // what is shown: { close(), resume?() }
  #left = null; // what was shown when a session ended: whoever it was goes on with it
  #turn = 0; // counts what was asked to be shown: a slow module does not draw over a later one

  async start() {
    await loadTexts("console");
    this.top = new Page(document.getElementById("top"), { staff: null, leaving: false, problem: null }, (state) => this.#topView(state));
    this.menu = new Page(document.getElementById("sections"), { staff: null, section: null }, menuView);
    addEventListener("keydown", (event) => this.#key(event));
    await this.#restore();
  }

  /** Go on with the session of before a reload, or ask to sign in. */
  async #restore() {
    render(loading(), this.#fresh());
    try {
      if (await this.#session.restore()) await this.#signedIn();
      else await this.#signIn();
    } catch (error) {
      render(failed(error, () => this.#restore()), this.#fresh());
    }
  }

  async #signedIn() {
    const staff = staffOf(this.#session.claims);
    const left = this.#left;
    if (left && left.staff !== staff.id) return location.reload(); // nothing of somebody else's stays in memory
    this.#left = null;
    this.top.change({ staff });
    this.menu.change({ staff });
    if (left?.path === location.pathname && left.open !== COMING) return this.#goOn(left);
    left?.open.close();
    await this.#show();
  }

  /** Put back what was typed, open and under way when the session ended. */
  #goOn({ place, title: words, focus, open }) {
    main.replaceChildren(place);
    for (const window of place.querySelectorAll("dialog")) reopen(window);
    focus.focus();
    document.title = words;
    this.#open = open;
    open.resume?.();
  }

  /** `ended`: a session was over, which has to be said. */
  async #signIn(ended = false) {
    this.top.change({ staff: null, leaving: false, problem: null });
    this.menu.change({ staff: null });
    document.title = title(t("console.signIn.title"));
    const turn = ++this.#turn;
    const { open } = await import("./sign_in.js");
    if (turn !== this.#turn) return;
    open({ root: this.#fresh(), ended, signedIn: (answer) => { this.#session.begin(answer); return this.#signedIn(); } });
  }

  #ended() {
    const { staff } = this.top.state;
    if (!staff) return;
    const { pathname: path } = location;
    this.#left = { staff: staff.id, path, title: document.title, open: this.#open, place: main.firstElementChild, focus: document.activeElement };
    this.#open = null;
    this.#signIn(true);
  }

  async #signOut() {
    this.top.change({ leaving: true, problem: null });
    try {
      await this.#session.signOut();
      leave();
    } catch (problem) {
      this.top.change({ leaving: false, problem });
    }
  }

  /** Show the section of the address that is open now. */
  async #show() {
    const { staff } = this.top.state;
    if (!staff) return;
    const moved = this.#open !== null;
    this.#close();
    this.#open = COMING;
    const [, ...path] = this.#router.path;
    const { section, refused } = sectionOf(this.#router.path, staff.groups);
    this.menu.change({ section: section?.path ?? null });
    const turn = ++this.#turn;
    const root = this.#fresh();
    if (refused) {
      document.title = title(t(`console.refused.${refused}.title`));
      render(refusedView(refused), root);
    } else {
      document.title = title(t(`console.sections.${section.path}`));
      render(loading(), root);
      if (!(await this.#load(section, root, path, turn))) return;
    }
    if (moved) queueMicrotask(() => toHeading(root));
  }

  /** Load a section, with the catalogue as it is by now, and open it in `root`; false: something else was asked for meanwhile, or it could not be loaded. */
  async #load(section, root, path, turn) {
    try {
      const [module, catalogue] = await Promise.all([
        section.load(),
        call("GET", "/catalogue"),
        loadTexts("desk", ...(section.texts ?? [])),
        section.styles && loadStyles(section.styles),
      ]);
      if (turn !== this.#turn) return false;
      const place = document.createElement("div"); // what was drawn before is not the section's to know
      root.replaceChildren(place);
      this.#open = module.open({
        root: place, session: this.#session, router: this.#router, catalogue, path, staff: this.top.state.staff,
        signedOut: leave,
      });
      return true;
    } catch (error) {
      if (turn === this.#turn) render(failed(error, () => this.#show()), root);
      return false;
    }
  }

  #close() {
    this.#open?.close();
    this.#open = null;
  }

  #fresh() {
    const root = document.createElement("div");
    main.replaceChildren(root);
    return root;
  }

  /** Ctrl+K, or ⌘K: to the search, from anywhere but an open window. */
  #key(event) {
    const wanted = (event.ctrlKey || event.metaKey) && event.code === "KeyK" && !document.querySelector("dialog[open]");
    if (!wanted || sectionOf(["search"], this.top.state.staff?.groups ?? []).refused) return;
    event.preventDefault();
    this.#router.go("search");
  }

  #topView({ staff, leaving, problem }) {
    return html`
      <div class="inner">
        <a class="clinic" href="/console/">${t("console.title")}</a>
        ${staff
          ? html`
              <a class="who" href=${this.#router.to("account")}>
                ${staff.name}<small>${staff.groups.map((each) => t(`console.groups.${each}`)).join(", ")}</small>
              </a>
              ${button(t("console.signOut"), () => this.#signOut(), { busy: leaving, look: "plain" })}
            `
          : nothing}
      </div>
      ${problem ? html`<div class="inner">${message("error", t("console.notSignedOut"))}</div>` : nothing}
    `;
  }
}

/** A sheet that only some sections need; once it is there, it stays. */
function loadStyles(href) {
  if (document.querySelector(`link[href="${href}"]`)) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((done) => {
    link.onload = link.onerror = done; // without it a section is plain, and works
    document.head.append(link);
  });
}

/** To the door, by a load: nothing of whoever worked here stays in memory. */
const leave = () => location.replace("/console/");

const title = (words) => t("console.windowTitle", { section: words });

function menuView({ staff, section }) {
  if (!staff) return nothing;
  return html`
    <nav class="tabs" aria-label=${t("console.menu")}>
      ${menuOf(staff.groups).map(
        ({ path }) => html`
          <a href="/console/${path}" aria-current=${path === section ? "page" : nothing}>${t(`console.sections.${path}`)}</a>
        `,
      )}
    </nav>
  `;
}

const refusedView = (why) => html`
  <h1>${t(`console.refused.${why}.title`)}</h1>
  <p>${t(`console.refused.${why}.words`)}</p>
  <p><a class="button plain" href="/console/">${t("console.refused.home")}</a></p>
`;

function toHeading(root) {
  const heading = root.querySelector("h1");
  if (!heading || root.contains(document.activeElement)) return; // a section may have moved the focus to a field
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

new Console().start();
