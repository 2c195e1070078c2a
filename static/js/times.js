// "4 min" and "0:42" go on by themselves; the server's words are only the start.
// How long is said in the same words as helpline/web/presentation.py uses.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

function inWords(seconds) {
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds >= 2 * DAY) return `${Math.floor(seconds / DAY)} days`;
  const minutes = Math.floor(seconds / MINUTE) % MINUTE;
  const hours = `${Math.floor(seconds / HOUR)} h`;
  return minutes ? `${hours} ${minutes} min` : hours;
}

function asClock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / MINUTE) % MINUTE)}:${two(seconds % MINUTE)}`;
  return seconds < HOUR ? rest.replace(/^0/, "") : `${Math.floor(seconds / HOUR)}:${rest}`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-since], time[data-clock]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
    const words = "clock" in time.dataset ? asClock(seconds) : inWords(seconds);
    if (time.textContent !== words) time.textContent = words;
  }
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = asClock(Math.max(0, Math.ceil((Date.parse(time.dateTime) - Date.now()) / 1000)));
    if (time.textContent !== `${left} left`) time.textContent = `${left} left`;
  }
}

export function keepTimesRight() {
  tick();
  setInterval(tick, 1000);
  document.body.addEventListener("htmx:after:swap", tick);
}
