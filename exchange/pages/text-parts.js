// How many parts a text leaves the phone in. 3GPP TS 23.038: 160 characters of the plain
// alphabet fit one part (153 when joined); any other character makes it 70 (67 when joined).

const plainAlphabet =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const takesTwoPlaces = "\f^{}\\[~]|€";

export function measure(words) {
  const characters = [...words];
  const isPlain = characters.every(
    (one) => plainAlphabet.includes(one) || takesTwoPlaces.includes(one),
  );
  const used = isPlain
    ? characters.reduce((sum, one) => sum + (takesTwoPlaces.includes(one) ? 2 : 1), 0)
    : words.length;
  const [alone, joined] = isPlain ? [160, 153] : [70, 67];
  const parts = used <= alone ? 1 : Math.ceil(used / joined);
  const room = parts === 1 ? alone : parts * joined;
  return { parts, left: room - used, isPlain };
}

export function inWords(words) {
  const { parts, left, isPlain } = measure(words);
  const size = parts === 1 ? "1 text" : `1 text in ${parts} parts`;
  return `${size}, ${left} ${left === 1 ? "character" : "characters"} left${isPlain ? "" : " (uses special characters)"}`;
}
