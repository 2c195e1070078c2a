// What this tab remembers over a reload: drafts and what was already seen, kept per phone.

import { plain } from "/pages/people.js";

const key = (name) => `${plain(location.hash.slice(1))}:${name}`;

export const remembered = (name) => sessionStorage.getItem(key(name));

export function remember(name, value) {
  if (value === null || value === "") sessionStorage.removeItem(key(name));
  else sessionStorage.setItem(key(name), value);
}
