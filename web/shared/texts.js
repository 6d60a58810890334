/**
 * The words of a page. Each language has a folder `/texts/<language>/`; a page says its own by `<html lang>`.
 *
 * A text is a string with `{names}` to fill in, or an object of plural forms (`one`, `few`, `many`, `other`) chosen by
 * `count`.
 */

const language = document.documentElement.lang;
const plurals = new Intl.PluralRules(language);
const words = {};

/** Load the words of these files, `common` always among them; what was loaded before stays, and may be added to. */
export async function loadTexts(...names) {
  const files = await Promise.all(["common", ...names].map((name) => import(`../texts/${language}/${name}.js`)));
  for (const file of files) {
    for (const [name, texts] of Object.entries(file.default)) words[name] = { ...words[name], ...texts };
  }
}

/** The text of a key such as "site.title". A key without a text is a mistake of ours, and is said. */
export function t(key, values = {}) {
  let text = key.split(".").reduce((found, part) => found?.[part], words);
  if (typeof text === "object" && text !== null) text = text[plurals.select(values.count)] ?? text.other;
  if (typeof text !== "string") throw new Error(`no text: ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text of a key, or null: for codes that the API may have more of than the page knows. */
export function tryText(key) {
  const text = key.split(".").reduce((found, part) => found?.[part], words);
  return typeof text === "string" ? text : null;
}

/** All texts below a key, in their order: for a list of choices. */
export const textsOf = (key) => key.split(".").reduce((found, part) => found?.[part], words) ?? {};
