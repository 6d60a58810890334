/** The catalogue for administrators: doctors, kinds, specialties, the clinic and its settings, as a draft. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dialog } from "../shared/dialog.js";
import { Page } from "../shared/page.js";
import { money } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { button, message } from "../shared/ui.js";
import { clinicView, listsView, noticesView, settingsView } from "./catalogue_clinic.js";
import { doctorView, newDoctor } from "./catalogue_doctor.js";
import { draft } from "./catalogue_draft.js";
import { Saving } from "./catalogue_saving.js";
import { doctorTitle } from "./catalogue_words.js";
import { table } from "./show.js";

const PARTS = ["doctors", "lists", "clinic", "settings", "notices", "file"];

export function open({ root, session, router, path: [asked, number] }) {
  const it = { router, session, part: PARTS.includes(asked) ? asked : "doctors", number, fileProblem: null, loaded: null };
  it.page = new Page(root, {}, () => view(it));
  it.saving = new Saving({ page: it.page, session, router });
  it.saving.load().then(() => Object.keys(draft.errors).length && it.page.focus("[data-wrong] :is(input, select, textarea)"));
  it.page.afterDraw(() => root.querySelector(".chapters [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }));
  return { close: () => draft.showOn(() => {}) };
}

const view = (it) => html`
  <h1>${t("catalogue.title")}</h1>
  <nav class="row chapters" aria-label=${t("catalogue.chapters")}>
    ${PARTS.map((each) => html`<a class="button plain" href="/console/catalogue/${each}" aria-current=${each === it.part ? "page" : nothing}>${t(`catalogue.parts_of.${each}`)}</a>`)}
  </nav>
  ${it.saving?.view(() => VIEWS[it.part](it)) ?? nothing}
`;

const VIEWS = {
  doctors: (it) => (draft.list("doctors")[Number(it.number ?? NaN)] ? doctorView(it, Number(it.number)) : doctorsView(it)),
  lists: listsView,
  clinic: clinicView,
  settings: settingsView,
  notices: noticesView,
  file: fileView,
};

const titles = (list, ids) => (ids ?? []).map((id) => draft.list(list).find((each) => each.id === id)?.title ?? id).join(", ");

function doctorsView({ router }) {
  const rows = draft.list("doctors").map((doctor, index) => ({ doctor, index }));
  return html`
    <section aria-labelledby="doctors">
      <div class="bar">
        <h2 id="doctors">${t("catalogue.parts_of.doctors")}</h2>
        ${button(t("catalogue.addDoctor"), () => router.go("catalogue", "doctors", String(draft.add("doctors", newDoctor()))), { look: "plain" })}
      </div>
      ${draft.version === null ? nothing : html`<p class="quiet">${t("catalogue.version", { version: draft.version })}</p>`}
      ${table(t("catalogue.parts_of.doctors"), [
        [t("desk.columns.doctor"), ({ doctor, index }) => html`<a href="/console/catalogue/doctors/${index}">${doctorTitle(doctor)}</a>`],
        [t("catalogue.fields.specialties"), ({ doctor }) => titles("specialties", doctor.specialties)],
        [t("catalogue.fields.treats"), ({ doctor }) => agesWords(doctor.treats ?? {})],
        [t("catalogue.fields.offers"), ({ doctor }) => Object.entries(doctor.offers ?? {}).map(([kind, { price, minutes }]) => html`<div>${titles("kinds", [kind])}<small>${typeof price === "number" ? money(price) : price}, ${t("common.minutes", { count: minutes })}</small></div>`)],
        [t("catalogue.fields.schedule"), ({ doctor }) => html`<a href="/console/schedules/${doctor.id}" >${t("catalogue.openHours")}<span class="unseen"> ${doctorTitle(doctor)}</span></a>`],
      ], rows)}
    </section>
  `;
}

const agesWords = ({ from_age: from = 0, to_age: to }) => (to === undefined ? t("catalogue.agesFrom", { from }) : t("catalogue.ages", { from, to }));

function fileView(it) {
  return html`
    <section class="card" aria-labelledby="file">
      <h2 id="file">${t("catalogue.file.title")}</h2>
      <p>${t("catalogue.file.words")}</p>
      ${it.fileProblem ? message("error", it.fileProblem) : nothing}
      <div class="row">${button(t("catalogue.file.download"), download, { look: "plain" })}</div>
      <div class="field">
        <label for="catalogue-file">${t("catalogue.file.load")}</label>
        <input type="file" id="catalogue-file" accept="application/json,.json" aria-describedby="catalogue-file-hint" @change=${(event) => loadFile(it, event.target)} />
        <p class="hint" id="catalogue-file-hint">${t("catalogue.file.hint")}</p>
      </div>
      ${it.loaded ? insteadView(it) : nothing}
    </section>
  `;
}

/** A file in the place of what was changed and not saved: only if somebody says so. */
function insteadView(it) {
  const close = () => {
    it.loaded = null;
    it.page.draw();
  };
  const take = () => {
    takeFile(it, it.loaded);
    close();
  };
  return dialog(
    t("catalogue.file.load"),
    html`
      <p>${t("catalogue.file.instead", { count: draft.changes.length })}</p>
      <div class="row">
        ${button(t("catalogue.file.doLoad"), take, { look: "danger" })}
        ${button(t("catalogue.goOn"), close, { look: "plain" })}
      </div>
    `,
    close,
  );
}

function download() {
  const url = URL.createObjectURL(new Blob([JSON.stringify(draft.document, null, 2)], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: t("catalogue.file.name", { version: draft.version }) });
  link.click();
  URL.revokeObjectURL(url);
}

/** A file is a draft like any other: the API says what is wrong with it. */
function takeFile(it, read) {
  draft.replaceBy(read);
  if (draft.isDirty) draft.checking = true;
  else it.fileProblem = t("catalogue.file.same");
}

async function loadFile(it, input) {
  const [file] = input.files;
  if (!file) return;
  it.fileProblem = null;
  try {
    const read = JSON.parse(await file.text());
    if (typeof read !== "object" || read === null || Array.isArray(read)) throw new SyntaxError("no object");
    if (draft.isDirty) it.loaded = read;
    else takeFile(it, read);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    it.fileProblem = t("catalogue.file.unread");
  }
  input.value = "";
  it.page.draw();
}
