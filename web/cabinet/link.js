/** The link of the SMS: `/cabinet/bookings/<booking>#<token>`. */

const TOKEN = /^#[a-z2-7]{16,64}$/; // as the API makes it

/**
 * Take the token off the address, before anything else could keep or send it; null: there is none.
 *
 * `path`: the parts of the address behind `/cabinet/`.
 */
export function takeLink(path) {
  if (!takeLink.is(location.hash)) return null;
  const token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  return path[0] === "bookings" && path[1] ? { booking: path[1], link: token } : null;
}

takeLink.is = (hash) => TOKEN.test(hash);
