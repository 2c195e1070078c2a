// Lets the browser make a passkey, or sign with one: asks the server what is wanted, the person for
// finger, face or PIN, and sends the answer back. What goes wrong is said in the page.

const canDoIt =
  window.isSecureContext && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

const ways = {
  make: async (asked) =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked),
    }),
  sign: async (asked) =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked),
    }),
};

async function post(url, token, body = "") {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
    credentials: "same-origin",
    body,
  });
  // A redirect means that the sign-in is over: follow it with the whole page.
  if (answer.redirected) location.assign(answer.url);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.words ?? "");
  return said;
}

// What a browser says when a person changes their mind or there is nothing to use.
const sentences = {
  NotAllowedError: "Nothing was used. Try again, or choose another way.",
  InvalidStateError: "This device has a passkey for you already.",
  SecurityError: "Passkeys don’t work at this address. Use the system’s own name, or localhost.",
};

function prepare(place) {
  const { passkey, ask, answer, token } = place.dataset;
  const button = place.querySelector("button");
  const words = place.querySelector("[role=alert]");
  words.textContent = "";
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    words.textContent = "";
    try {
      const credential = await ways[passkey](await post(ask, token));
      const { go } = await post(answer, token, JSON.stringify(credential));
      location.assign(go);
    } catch (error) {
      words.textContent =
        sentences[error.name] ?? (error.message || "That didn’t work. Try again.");
      button.disabled = false;
    }
  });
}

if (canDoIt) for (const place of document.querySelectorAll("[data-passkey]")) prepare(place);
