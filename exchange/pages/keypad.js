// Twelve keys, drawn twice: to dial with, and to press during a call.

import { keyTone } from "/pages/tones.js";

const letters = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ" };
const names = { "*": "star", "#": "hash" };

export function fillKeypad(keypad, pressed) {
  for (const key of "123456789*0#") {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.key = key;
    if (names[key]) button.setAttribute("aria-label", names[key]);
    const digit = document.createElement("span");
    digit.textContent = key;
    const small = document.createElement("small");
    small.setAttribute("aria-hidden", "true");
    small.textContent = letters[key] ?? "";
    button.append(digit, small);
    button.addEventListener("click", () => {
      keyTone(key);
      pressed(key);
    });
    keypad.append(button);
  }
}

// Digits typed on the keyboard work the keypad, except where the person is writing.
export function listenForDigits(pressed) {
  addEventListener("keydown", (event) => {
    const isWriting = event.target.closest?.("input, textarea, select");
    const isShortcut = event.ctrlKey || event.altKey || event.metaKey;
    if (isWriting || isShortcut || !/^[0-9*#]$/.test(event.key)) return;
    event.preventDefault();
    keyTone(event.key);
    pressed(event.key);
  });
}
