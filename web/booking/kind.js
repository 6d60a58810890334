/** The kind of consultation (S2): the first question of all, so it stands alone and is there soon. */

import { radioField } from "../shared/fields.js";
import { money } from "../shared/format.js";
import { t } from "../shared/texts.js";
import { doctorsOf, lowestPrice } from "./catalogue.js";

/** What another kind, or another doctor, undoes. */
export const NOTHING_CHOSEN = { specialty: undefined, doctor: undefined, slot: undefined };

/** The kinds that are held, each with its lowest price. Another kind is held by other doctors: what they offered is gone. */
export function kindField(form, catalogue, set) {
  const kinds = catalogue.kinds
    .filter(({ id }) => doctorsOf(catalogue, id).length)
    .map(({ id, title }) => [id, title, t("kind.from", { price: money(lowestPrice(catalogue, id)) })]);
  return radioField(form, "kind", t("kind.title"), kinds, (kind) => set({ ...NOTHING_CHOSEN, kind }));
}
