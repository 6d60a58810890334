/** Map.groupBy, which telephones of some years ago have not. */
export function grouped(list, by) {
  const groups = new Map();
  for (const each of list) groups.set(by(each), [...(groups.get(by(each)) ?? []), each]);
  return groups;
}
