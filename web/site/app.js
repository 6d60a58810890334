/** The site's form: a consultation is chosen, booked, paid for, and what follows is told. */

import { html } from "../vendor/lit-html/lit-html.js";
import { ApiError, call } from "../shared/api.js";
import { Page } from "../shared/page.js";
import { loadTexts, t } from "../shared/texts.js";
import { failed, loading } from "../shared/ui.js";
import { Form } from "./form.js";
import * as store from "./store.js";

const root = document.querySelector("#content");
let shown = null; // the form, or the payment
let catalogue = null;

async function start() {
  await loadTexts("kind", "site");
  const page = new Page(fresh(), { error: null }, ({ error }) => (error ? failed(error, () => begin(page)) : loading()));
  await begin(page);
}

async function begin(page) {
  page.change({ error: null });
  try {
    catalogue = await call("GET", "/catalogue");
  } catch (error) {
    page.change({ error });
    return;
  }
  dress();
  await open().catch((error) => page.change({ error }));
}

/** What the address, or what this tab keeps, is about. */
async function open() {
  const paid = new URLSearchParams(location.search).get("paid");
  const booking = store.booking.read();
  if (paid || (booking && !booking.paid)) await showPayment(paid, booking);
  else await showForm();
}

/** What the clinic says in the page's frame: its name and telephone, and who does not pay (S18). */
function dress() {
  const { clinic: { name, phone }, notices } = catalogue;
  document.querySelector("#clinic").textContent = name;
  document.querySelector("#not-insured").textContent = notices.not_insured;
  for (const link of document.querySelectorAll("[data-phone]")) {
    link.textContent = phone;
    link.href = `tel:${phone.replaceAll(/[^\d+]/g, "")}`;
    link.hidden = false;
  }
}

async function showForm(again = false) {
  shown?.close();
  const form = new Form({ root: fresh(), catalogue, booked: (booking, uploads) => showPayment(null, booking, uploads) });
  shown = form;
  await form.start(again);
}

async function showPayment(paid, booking, uploads) {
  const [{ Payment }] = await Promise.all([import("./payment.js"), loadTexts("booking", "site_later")]).catch(() => {
    throw new ApiError({ code: "unreachable" });
  });
  shown?.close();
  shown = new Payment({ root: fresh(), catalogue, paid, booking, uploads, again: () => showForm(true) });
}

/** A place of its own for each of the two: lit-html keeps what it drew where. */
function fresh() {
  const place = document.createElement("div");
  root.replaceChildren(place);
  return place;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.skip");
  if (!link) return;
  event.preventDefault(); // the address's fragment is the step
  root.focus();
});

start().catch((error) => {
  document.querySelector("script[type=module]").dispatchEvent(new Event("error")); // as if this one had not come: not_loaded.js
  throw error;
});
