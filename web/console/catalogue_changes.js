/** What differs between two documents, and how two people's changes of one come together. Pure. */

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const haveIds = (list) => Array.isArray(list) && list.every((each) => isObject(each) && typeof each.id === "string" && each.id) && new Set(list.map(({ id }) => id)).size === list.length;
const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

/** With names in one order: a document is the same however its fields are ordered. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

const byId = (list) => Object.fromEntries(list.map((each) => [each.id, each]));
const namesOf = (...objects) => [...new Set(objects.flatMap(Object.keys))];

/**
 * All that differs: [{ path: ["doctors", "d-kim", "contacts", "phone"], before, after }, …]. Parts with an id are
 * named by it, other lists are compared whole; undefined: not there.
 */
export function changesOf(before, after, path = []) {
  if (same(before, after)) return [];
  if (haveIds(before) && haveIds(after) && !same(before.map(({ id }) => id), after.map(({ id }) => id))) {
    const kept = changesOf(byId(before), byId(after), path);
    return kept.length ? kept : [{ path, before: before.map(({ id }) => id), after: after.map(({ id }) => id) }];
  }
  if (haveIds(before) && haveIds(after)) return changesOf(byId(before), byId(after), path);
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }];
  return namesOf(before, after).flatMap((name) => changesOf(before[name], after[name], [...path, name]));
}

/**
 * Mine and theirs, both made from `base`, as one. Where both changed the same otherwise, mine stays and the path stands
 * in `clashes`.
 */
export function merged(base, mine, theirs, path = []) {
  if (same(mine, theirs) || same(base, theirs)) return { value: mine, clashes: [] };
  if (same(base, mine)) return { value: theirs, clashes: [] };
  if ([base, mine, theirs].every(haveIds)) return mergedLists(base, mine, theirs, path);
  if (![base, mine, theirs].every(isObject)) return { value: mine, clashes: [{ path, before: theirs, after: mine }] };
  const parts = namesOf(theirs, mine).map((name) => [name, merged(base[name], mine[name], theirs[name], [...path, name])]);
  return {
    value: Object.fromEntries(parts.filter(([, { value }]) => value !== undefined).map(([name, { value }]) => [name, value])),
    clashes: parts.flatMap(([, { clashes }]) => clashes),
  };
}

function mergedLists(base, mine, theirs, path) {
  const { value, clashes } = merged(byId(base), byId(mine), byId(theirs), path);
  const order = [...new Set([...mine, ...theirs].map(({ id }) => id))];
  return { value: order.filter((id) => value[id]).map((id) => value[id]), clashes };
}
