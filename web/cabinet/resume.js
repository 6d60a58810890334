/** What the end of the session cut off, and does again once the same person is signed in. */

const cut = new Set();

/** Have something done when the holder is back, if it failed for that alone. */
export function whenBack(error, act) {
  if (error.status === 401) cut.add(act);
}

/** The holder is back. */
export function resume() {
  const acts = [...cut];
  cut.clear();
  for (const act of acts) act();
}

/** Somebody else is there, or another section. */
export const forget = () => cut.clear();
