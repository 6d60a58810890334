/** Where the focus goes when the button that had it is gone. */

/** Move it to the element of an id, once what has just been changed is drawn. */
export const focusSoon = (id) => queueMicrotask(() => document.getElementById(id)?.focus());
