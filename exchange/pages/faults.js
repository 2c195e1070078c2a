// The page that makes the network fail on purpose. What is on is the exchange's own knowledge;
// this page only shows it, and asks again every two seconds.

import { armed, arm, die, legs, act } from "/pages/exchange-api.js";
import { inWords, kinds, leftOf, toBegin, toEnd } from "/pages/fault-kinds.js";
import { personWith, phoneTitle, spaced } from "/pages/people.js";

const lookEvery = 2000;
const part = (id) => document.getElementById(id);
const cards = new Map();
let left = null;
let away = [];
let shown = "";

function make(tag, words = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = words;
  element.className = className;
  return element;
}

function say(words) {
  part("announcer").textContent = words;
}

// One card for each kind of fault

function control(field, id) {
  if (!field.options) {
    const input = make("input", "", "amount");
    Object.assign(input, { id, type: "text", inputMode: "numeric", autocomplete: "off", value: field.usual });
    return input;
  }
  const select = make("select");
  select.id = id;
  select.append(...field.options.map(([value, words]) => new Option(words, value)));
  return select;
}

function addCard(kind) {
  const card = part("switch").content.cloneNode(true).querySelector(".fault");
  const toggle = card.querySelector("button");
  card.dataset.kind = kind.kind;
  card.querySelector(".title").textContent = kind.title;
  const about = card.querySelector(".about");
  about.textContent = kind.about;
  about.id = `about-${kind.kind}`;
  toggle.setAttribute("aria-describedby", about.id);
  card.querySelector(".field-error").id = `error-${kind.kind}`;
  card.setAttribute("role", "group");
  card.setAttribute("aria-label", kind.title);
  const inputs = kind.fields.map((field) => {
    const input = control(field, `${kind.kind}-${field.name}`);
    input.setAttribute("aria-describedby", `error-${kind.kind}`);
    const label = make("label", field.label);
    label.htmlFor = input.id;
    const pair = make("div", "", "field");
    pair.append(label, input);
    card.querySelector(".fields").append(pair);
    return input;
  });
  toggle.addEventListener("click", () => flip(kind));
  cards.set(kind, { card, toggle, inputs });
  part(kind.part).append(card);
}

function sayWhatIsWrong(kind, words, input = null) {
  const { card, inputs } = cards.get(kind);
  card.querySelector(".field-error").textContent = words;
  inputs.forEach((one) => one.removeAttribute("aria-invalid"));
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }
}

// Gives what was chosen for each field, or nothing when a number makes no sense.
function chosen(kind) {
  const values = {};
  for (const [place, field] of kind.fields.entries()) {
    const input = cards.get(kind).inputs[place];
    const value = input.value.trim();
    const isGood = field.options
      || (/^\d{1,6}$/.test(value) && value >= field.least && value <= field.most);
    if (!isGood) {
      sayWhatIsWrong(kind, `${field.label}: type a number from ${field.least} to ${field.most}.`, input);
      return null;
    }
    values[field.name] = value;
  }
  return values;
}

async function flip(kind) {
  if (left === null) return;
  const isOn = leftOf(kind, left).length > 0;
  const values = isOn ? {} : chosen(kind);
  if (values === null) return;
  sayWhatIsWrong(kind, "");
  try {
    show(await arm(isOn ? toEnd(kind, left) : toBegin(kind, values)));
  } catch (problem) {
    sayWhatIsWrong(kind, problem.message);
  }
}

// What is on

function show(now) {
  left = now;
  const lines = [];
  for (const [kind, { toggle, inputs, card }] of cards) {
    const still = leftOf(kind, now);
    const isOn = still.length > 0;
    toggle.setAttribute("aria-checked", String(isOn));
    card.querySelector(".knob").textContent = isOn ? "On" : "Off";
    inputs.forEach((input) => { input.disabled = isOn; });
    lines.push(...still.map((one) => inWords(kind, one)));
  }
  lines.push(...away.map((phone) => `Lost or switched off: ${owner(phone)}`));
  part("nothing").hidden = lines.length > 0;
  part("left").replaceChildren(...lines.map((words) => make("li", words)));
}

async function putRight() {
  try {
    const now = await arm({});
    showLegs(await legs());
    show(now);
    part("trouble").textContent = "";
    say("Everything works again.");
  } catch (problem) {
    part("trouble").textContent = problem.message;
  }
}

// Phones in a call

function owner({ name, number }) {
  if (number.startsWith("client:")) return `the browser phone of ${number.slice(7)}`;
  const person = personWith(number);
  if (person) return phoneTitle(person);
  return name ? `${name}'s phone` : spaced(number);
}

function actItem(key, words, done, deed) {
  const item = make("li");
  const button = make("button", words, "button soft");
  button.type = "button";
  button.dataset.key = key;
  button.addEventListener("click", async () => {
    try {
      await deed();
      say(done);
    } catch (problem) {
      part("trouble").textContent = problem.message;
    }
    await look();
  });
  item.append(button);
  return item;
}

function showLegs(answer) {
  if (JSON.stringify(answer) === shown) return;
  shown = JSON.stringify(answer);
  away = answer.lost;
  const focused = document.activeElement?.dataset.key;
  part("live").replaceChildren(...answer.live.map((leg) =>
    actItem(leg.sid, `Lose ${owner(leg)}`, `Lost: ${owner(leg)}.`, () => die(leg.sid))));
  part("lost").replaceChildren(...answer.lost.map((phone) =>
    actItem(phone.handset, `Switch ${owner(phone)} back on`, `On again: ${owner(phone)}.`,
      () => act(phone.handset, "reachable", { reachable: true }))));
  part("nobody").hidden = answer.live.length > 0;
  part("lost-part").hidden = answer.lost.length === 0;
  // A button that went away takes the focus with it; hand it on instead of dropping it.
  if (focused) (document.querySelector(`[data-key="${focused}"]`) ?? part("live-title")).focus();
}

async function look() {
  try {
    showLegs(await legs());
    show(await armed());
    part("trouble").textContent = "";
  } catch (problem) {
    part("trouble").textContent = problem.message;
  }
}

kinds.forEach(addCard);
part("clear").addEventListener("click", putRight);
look().then(() => { part("main").dataset.live = "yes"; });
setInterval(() => document.hidden || look(), lookEvery);
document.addEventListener("visibilitychange", () => document.hidden || look());
