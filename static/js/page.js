// Every page: GOV.UK's own behaviour (error summary takes focus, show password, one click counts
// once), and times that stay right while the page is open.
import { forgetEverything } from "./drafts.js";
import { keepTimesRight } from "./times.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
keepTimesRight();

const script = document.getElementById("govuk-script");
if (script) {
  const { initAll } = await import(script.href);
  initAll();
}

document.querySelector("[data-signs-out]")?.addEventListener("submit", forgetEverything);
