/** Where the focus goes when the button that had it is gone. */

/** Move it to what a selector finds, once what has just been changed is drawn. */
export const focusSoon = (selector) => queueMicrotask(() => document.querySelector(selector)?.focus());
