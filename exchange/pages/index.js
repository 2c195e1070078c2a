import { handsets, pickUp, Refused } from "/pages/exchange-api.js";
import { callers, desks, handsetAddress, personWith, plain, spaced, tabName } from "/pages/people.js";

function card({ number, name, about, withheld, tint }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "card";
  link.href = handsetAddress(number);
  link.target = tabName(number);
  link.dataset.tint = tint ?? "slate";
  const initial = document.createElement("span");
  initial.className = "initial";
  initial.setAttribute("aria-hidden", "true");
  initial.textContent = withheld ? "?" : (name ?? "#").slice(0, 1);
  const words = document.createElement("span");
  words.className = "words";
  words.append(
    line("strong", withheld ? "A withheld caller" : (name ?? spaced(number))),
    line("span", about),
    line("span", name ? spaced(number) : "", "number"),
  );
  link.append(initial, words);
  item.append(link);
  return item;
}

function line(tag, words, className = "") {
  const element = document.createElement(tag);
  element.textContent = words ?? "";
  element.className = className;
  return element;
}

async function showOthersInUse() {
  const answer = await handsets().catch(() => []);
  const all = Array.isArray(answer) ? answer : (answer.handsets ?? []);
  const others = all.filter((one) => !personWith(one.number));
  const section = document.getElementById("in-use");
  section.hidden = others.length === 0;
  section.querySelector("ul").replaceChildren(
    ...others.map((one) => card({ number: one.number, name: one.name, about: "" })),
  );
}

function sayWhatIsWrong(words) {
  document.getElementById("number-error").textContent = words;
  const field = document.getElementById("number");
  field.toggleAttribute("aria-invalid", Boolean(words));
  if (words) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

async function openTyped(event) {
  event.preventDefault();
  const number = document.getElementById("number").value.trim();
  if (!plain(number)) {
    sayWhatIsWrong("Type a phone number first.");
    return;
  }
  try {
    await pickUp(number, personWith(number)?.name);
  } catch (problem) {
    sayWhatIsWrong(problem instanceof Refused ? problem.message : `${problem.message} Please try again.`);
    return;
  }
  sayWhatIsWrong("");
  location.assign(handsetAddress(number));
}

document.getElementById("callers").append(...callers.map(card));
document.getElementById("desks").append(...desks.map(card));
document.getElementById("other").addEventListener("submit", openTyped);
showOthersInUse();
addEventListener("focus", showOthersInUse);
