/** Whom the holder has entered, and the ways out of the cabinet. */

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { date } from "../shared/format.js";
import { Page } from "../shared/page.js";
import { draft } from "../site/store.js";
import { t } from "../shared/texts.js";
import { button, facts } from "../shared/ui.js";
import { Deed } from "./deed.js";
import { Dialogs } from "./dialogs.js";
import { load, shown } from "./load.js";

export function open({ root, people: entered, signOut, focus }) {
  const page = new Page(root, { people: undefined }, view);
  const dialogs = new Dialogs(page);
  const again = () => load(page, "people", entered);
  const leaving = new Deed(page, ({ everywhere }) => signOut(everywhere));

  /**
   * The site's form opens with these people in it: as if they had been typed, and only as long as this tab lives. What
   * was chosen there before stays; a time too, so its zone, by whose clock it was chosen.
   */
  function bookFor(holder, patient) {
    const values = {
      ...fields("holder", holder),
      "holder.phone": holder.phone,
      "holder.email": holder.email,
      "patient.who": patient.relation ? "child" : "self",
      ...(patient.relation ? { ...fields("patient", patient), "patient.relation": patient.relation } : {}),
      ...(holder.skype_login ? { "channel.login": holder.skype_login } : {}),
    };
    const kept = draft.read() ?? { values: {}, names: [] };
    const zone = kept.values.slot ? {} : { time_zone: holder.time_zone };
    draft.write({ ...kept, values: { ...kept.values, ...values, ...zone } });
    location.assign("/");
  }

  const nameOf = ({ family_name, given_name, patronymic }) => [family_name, given_name, patronymic].filter(Boolean).join(" ");
  const born = ({ birth_date }) => date(`${birth_date}T00:00:00Z`, "UTC");

  function view(state) {
    return html`
      <h1>${t("cabinet.titles.people")}</h1>
      ${shown(state.people, again, ({ holder, patients }) => (holder ? whole(holder, patients) : nobody()))}
      <section class="card" aria-labelledby="out">
        <h2 id="out">${t("out.title")}</h2>
        <p>${t("out.intro")}</p>
        ${leaving.told()}
        <div class="row">
          ${button(t("cabinet.signOut"), () => leaving.run({ everywhere: false }), { look: "plain", busy: leaving.busy })}
          ${button(t("out.everywhere"), everywhere, { look: "danger" })}
        </div>
      </section>
      ${dialogs.view()}
    `;
  }

  const everywhere = () =>
    dialogs.confirm(t("out.everywhere"), html`<p>${t("out.what")}</p>`, {
      yes: t("out.yes"),
      deed: leaving,
      act: () => leaving.run({ everywhere: true }),
    });

  const whole = (holder, patients) => html`
    <section class="card" aria-labelledby="holder">
      <h2 id="holder">${t("people.you")}</h2>
      ${facts([
        [t("people.name"), nameOf(holder)],
        [t("people.born"), born(holder)],
        [t("people.phone"), holder.phone],
        [t("people.email"), holder.email],
        [t("people.skype"), holder.skype_login],
      ])}
    </section>
    <section aria-labelledby="patients">
      <h2 id="patients">${t("people.patients")}</h2>
      <ul class="plain-list">
        ${patients.map(
          (each) => html`
            <li class="card">
              <p>
                <strong>${nameOf(each)}</strong>
                <small>${born(each)}${each.relation ? html` · ${t("people.youAre", { relation: t(`relations.${each.relation}`).toLowerCase() })}` : nothing}</small>
              </p>
              ${button(t("cabinet.bookAgain"), () => bookFor(holder, each), { look: "plain", label: t("people.bookFor", { name: nameOf(each) }) })}
            </li>
          `,
        )}
      </ul>
      <p class="quiet">${t("people.change")}</p>
    </section>
  `;

  const nobody = () => html`
    <div class="card">
      <p>${t("people.empty")}</p>
      <p><a class="button" href="/">${t("cabinet.book")}</a></p>
    </div>
  `;

  if (focus) page.focus("h1"); // as soon as it stands, and never again
  again();
  return { close: () => page.close() };
}

const fields = (side, person) =>
  Object.fromEntries(
    ["family_name", "given_name", "patronymic", "birth_date", "sex"].map((name) => [`${side}.${name}`, person[name] ?? undefined]),
  );
