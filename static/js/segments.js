// How long a text is on the air, counted as helpline/sms/segments.py does, from the tables that the
// page brings along.

const ALONE = { gsm: 160, ucs: 70 };
const EACH = { gsm: 153, ucs: 67 };

export function tables({ basic, extended, mended }) {
  return { basic: new Set(basic), extended: new Set(extended), mended: new Map(Object.entries(JSON.parse(mended))) };
}

function fill(sizes, alphabet) {
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= ALONE[alphabet]) return { units, parts: 1, left: ALONE[alphabet] - units };
  let parts = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > EACH[alphabet]) {
      parts += 1;
      filled = 0;
    }
    filled += size;
  }
  return { units, parts, left: EACH[alphabet] - filled };
}

export function measure(words, { basic, extended }) {
  const letters = [...words];
  const outside = [...new Set(letters.filter((letter) => !basic.has(letter) && !extended.has(letter)))];
  const alphabet = outside.length ? "ucs" : "gsm";
  const size = (letter) => (outside.length ? letter.length : extended.has(letter) ? 2 : 1);
  return { alphabet, outside, ...fill(letters.map(size), alphabet) };
}

export function mend(words, { mended }) {
  return [...words].map((letter) => mended.get(letter) ?? letter).join("");
}
