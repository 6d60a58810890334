/** Files for whoever reads the page. */

/** Save a text that was answered to a signed call, which no link could ask for. */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  follow(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Go to an address that is answered with a file: the page stays. */
export function follow(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.rel = "noreferrer";
  if (name) link.download = name;
  link.click(); // it is in no document, so the router does not hear of it
}
