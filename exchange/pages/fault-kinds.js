// Every fault there is: what it is called, what it does, and what the exchange must be told.

const told = {
  name: "match",
  label: "Of what",
  options: [
    ["/tw/", "anything"],
    ["/tw/voice/", "calls"],
    ["/tw/voice/inbound", "calls that come in"],
    ["/tw/voice/conf", "joining and leaving a call"],
    ["/tw/sms/", "texts"],
    ["/tw/sms/inbound", "texts that come in"],
    ["/tw/sms/status", "receipts for texts"],
  ],
};

const asked = {
  name: "path",
  label: "Of what",
  options: [
    ["POST ", "anything that changes something"],
    ["POST Messages", "sending a text"],
    ["POST Calls", "ringing a phone, or ending a call"],
    ["POST Participants", "hold, mute and whisper"],
    ["GET ", "looking something up"],
  ],
};

const codes = {
  name: "code",
  label: "What happens",
  options: [
    ["30003", "the phone is off or has no signal"],
    ["30004", "the text is blocked"],
    ["30005", "the number doesn't exist"],
    ["30006", "the number is a landline"],
    ["30007", "the text is filtered as spam"],
    ["30008", "it fails, and nobody knows why"],
    ["30001", "it fails at once, before it is sent"],
    ["0", "no receipt ever comes"],
  ],
};

const times = { name: "times", label: "How often", usual: 1, least: 1, most: 1000 };
const seconds = (label, usual) => ({ name: "seconds", label, usual, least: 0, most: 86400 });

const hook = (kind, title, about, ...more) => ({
  part: "webhooks", kind, title, about, fields: [told, times, ...more],
});
const request = (kind, title, about) => ({
  part: "rest", kind, title, about, fields: [asked, times],
});

export const kinds = [
  hook("duplicate", "Tell twice", "The helpline hears the same thing two times over."),
  hook("reorder", "Tell in the wrong order", "Something later overtakes it.",
    seconds("Seconds it waits at most", 5)),
  hook("delay", "Tell late", "The news arrives, but after a wait.", seconds("Seconds late", 20)),
  hook("drop", "Never tell", "The news is lost, and nobody says so."),
  request("429", "Say it is too much", "The network does nothing, and asks to be left alone for now."),
  request("500-before", "Break before doing it", "The network does nothing, and reports a fault."),
  request("500-after", "Break after doing it", "The network does it, and yet reports a fault."),
  request("hang-after", "Do it and never answer", "The network does it, and keeps the helpline waiting."),
  request("drop-after", "Do it and cut the line", "The network does it, and closes the connection without an answer."),
  {
    part: "lists", kind: "lag", title: "Lists run behind",
    about: "What is new is missing from lists for a while. This stays on until you switch it off.",
    fields: [{ ...seconds("Seconds behind", 60), name: "lag_seconds", least: 1 }],
  },
  {
    part: "delivery", kind: "delivery", title: "Texts don't arrive",
    about: "The next texts to anybody fail, in the way you choose.",
    fields: [codes, times],
  },
  {
    part: "legs", kind: "legs", title: "A phone is lost in a call",
    about: "The next phone that gets through runs out of battery. It stays off until you put it right.",
    fields: [times, seconds("Seconds after it gets through", 30)],
  },
];

// What of this kind is still to come, out of the exchange's answer.
export function leftOf(kind, left) {
  if (kind.part === "lists") return left.lists.lag_seconds > 0 ? [left.lists] : [];
  const single = kind.part === kind.kind;
  return left[kind.part].filter((one) => single || one.kind === kind.kind);
}

// What to tell the exchange so that it begins; `chosen` holds a value for each field.
export function toBegin(kind, chosen) {
  const wish = { ...chosen };
  if (kind.part === "webhooks" || kind.part === "rest") wish.kind = kind.kind;
  if (kind.part === "rest") [wish.method, wish.path] = chosen.path.split(" ");
  return { [kind.part]: wish };
}

// What to tell the exchange so that it ends.
export function toEnd(kind, left) {
  if (kind.part === "lists") return { lists: { lag_seconds: 0 } };
  return { [kind.part]: leftOf(kind, left).map((one) => ({ ...one, times: 0 })) };
}

const named = (field, value) => field.options.find(([known]) => known === value)?.[1];

function of(one) {
  if (one.code !== undefined) return named(codes, String(one.code)) ?? `code ${one.code}`;
  if (one.path !== undefined) {
    return named(asked, `${one.method} ${one.path}`) ?? (`${one.method} ${one.path}`.trim() || "anything");
  }
  if (one.match !== undefined) return named(told, one.match) ?? (one.match || "anything");
  return "";
}

// One fault that is left, in words: "Tell late: texts, 3 more times".
export function inWords(kind, one) {
  if (kind.part === "lists") return `${kind.title}: ${one.lag_seconds} seconds, until you switch it off`;
  const often = one.times === 1 ? "once more" : `${one.times} more times`;
  const parts = [of(one), often].filter(Boolean);
  return `${kind.title}: ${parts.join(", ")}`;
}
