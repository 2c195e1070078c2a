// The made-up people of the training line. Numbers come only from Ofcom's ranges for drama.

export const callers = [
  { number: "07700 900123", name: "Sam", about: "15, left home on Thursday", tint: "plum" },
  { number: "07700 900134", name: "Luke", about: "34, wants his brother to know he is alive", tint: "teal" },
  { number: "020 7946 0123", name: "Lucy", about: "14, at a payphone: calls only", kind: "payphone", tint: "rust" },
  { number: "07700 900145", name: "Sam's mum", about: "waiting for news at home", tint: "blue" },
  { number: "07700 900156", name: "Someone", about: "hides their number", withheld: true, tint: "slate" },
];

export const desks = [
  { number: "020 7946 0101", name: "Priya", about: "call-taker, desk phone", kind: "desk", tint: "green" },
  { number: "020 7946 0102", name: "Tom", about: "call-taker, desk phone", kind: "desk", tint: "green" },
  { number: "020 7946 0103", name: "Ana", about: "call-taker, desk phone", kind: "desk", tint: "green" },
];

export function personWith(number) {
  const wanted = plain(number);
  return [...callers, ...desks].find((person) => plain(person.number) === wanted);
}

export function phoneTitle(person) {
  if (!person) return "Phone";
  if (person.kind === "payphone") return `${person.name} at a payphone`;
  if (person.kind === "desk") return `${person.name}'s desk phone`;
  return `${person.name}'s phone`;
}

// A named tab: choosing the same phone again returns to it instead of opening a second copy.
export const tabName = (number) => `phone-${plain(number)}`;

export const handsetAddress = (number) => `/handset#${plain(number)}`;

// As people in Britain write it: 116 000, 07700 900123, 020 7946 0123, 01632 960123.
export function spaced(number) {
  const digits = plain(number);
  if (digits === "116000") return "116 000";
  if (/^07\d{9}$/.test(digits)) return `${digits.slice(0, 5)} ${digits.slice(5)}`;
  if (/^02\d{9}$/.test(digits)) return `${digits.slice(0, 3)} ${digits.slice(3, 7)} ${digits.slice(7)}`;
  if (/^01\d{9}$/.test(digits)) return `${digits.slice(0, 5)} ${digits.slice(5)}`;
  return number || "";
}

// +44 and 0044 are the same phone as 0; anything that isn't a digit is only spacing.
export function plain(number) {
  const kept = String(number ?? "").replace(/[^\d+]/g, "");
  return kept.replace(/^(\+|00)440?/, "0");
}
