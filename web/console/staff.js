/** Who of the staff is signed in, for show: what they may is for the API to say. */

const ORDER = ["admin", "operator", "doctor"];

/** From the claims of the token: `{ id, name, email, groups, doctor }`; `id` as the trail names them, `staff:<id>`. */
export function staffOf(claims) {
  const groups = claims["cognito:groups"] ?? [];
  return {
    id: `staff:${claims.sub}`,
    name: claims.name ?? claims.email ?? "",
    email: claims.email ?? "",
    groups: ORDER.filter((each) => groups.includes(each)),
    doctor: claims["custom:doctor_id"] ?? null,
  };
}
