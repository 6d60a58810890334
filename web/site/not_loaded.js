/** A classic script, which is there when a module is not: then it says so, since nobody else will. */

const notLoaded = ({ target }) => {
  if (!(target instanceof HTMLScriptElement)) return;
  document.querySelector("#content").replaceChildren(document.querySelector("#not-loaded").content.cloneNode(true));
};

addEventListener("error", notLoaded, true);
