// The card that says what to try next: put away for this tab by one click.

const KEPT = "helpline-tried-enough";

export function startTryNext() {
  const card = document.getElementById("try-next");
  const enough = document.getElementById("try-enough");
  if (!card) return;
  card.hidden = sessionStorage.getItem(KEPT) === "yes";
  enough.hidden = false;
  enough.addEventListener("click", () => {
    sessionStorage.setItem(KEPT, "yes");
    card.hidden = true;
    document.getElementById("main-content").focus();
  });
}
