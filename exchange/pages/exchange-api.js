// How the pages talk to the exchange. Numbers and words travel in bodies, never in addresses.

const patience = 10000;

// The exchange answered, and said no. The message is a sentence to show.
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

// The exchange didn't answer. Whatever was asked may or may not have happened.
export class CutOff extends Error {}

async function ask(method, path, body) {
  const request = { method, cache: "no-store", signal: AbortSignal.timeout(patience) };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new CutOff("The phone has no signal: the exchange can't be reached.");
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw new Refused(said.error || unexplained(answer.status), answer.status);
}

function unexplained(status) {
  return status >= 500
    ? "Something went wrong inside the exchange. Please try again."
    : "The exchange couldn't do that.";
}

export const pickUp = (number, name) =>
  ask("POST", "/control/handsets", name ? { number, name } : { number });

export const handsets = () => ask("GET", "/control/handsets");

export const stateOf = (handset) => ask("GET", `/control/handsets/${handset}`);

export const act = (handset, deed, body = {}) =>
  ask("POST", `/control/handsets/${handset}/${deed}`, body);

export const webhooksSince = (n) => ask("GET", `/control/webhooks?since=${n}`);

export const soundOn = (handset, sdp) => act(handset, "sound", { sdp });

export const soundOff = (handset) => ask("DELETE", `/control/handsets/${handset}/sound`);

export const eventsAddress = (handset) => `/control/handsets/${handset}/events`;

export const armed = () => ask("GET", "/control/faults");

export const arm = (wish) => ask("POST", "/control/faults", wish);

export const legs = () => ask("GET", "/control/legs");

export const die = (sid) => ask("POST", `/control/legs/${sid}/die`);
