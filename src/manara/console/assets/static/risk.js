// The risk programme: keeps what is written in the questionnaire, and looks again while a job runs.
async function keep(form, says) {
  const body = new URLSearchParams(new FormData(form));
  body.set("stay", "yes");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const { answered, asked } = await answer.json();
    const place = document.querySelector(`[data-progress="${form.dataset.section}"]`);
    place.textContent = `${answered} / ${asked}`;
    says.textContent = says.dataset.kept;
  } catch {
    says.textContent = form.dataset.failed;
  }
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const says = form.querySelector("[data-kept]");
  let waiting = 0;
  let busy = 0;
  let last = Promise.resolve();
  form.addEventListener("input", (event) => {
    const question = event.target.closest("fieldset");
    const [answer, evidence] = question.querySelectorAll("select, textarea");
    question.querySelector(".tag").hidden = !(answer.value >= question.dataset.claim && answer.value <= "9") || evidence.value.trim() !== "";
    says.textContent = "";
    clearTimeout(waiting);
    // One after the other, so that an earlier text never comes last.
    waiting = setTimeout(() => {
      busy += 1;
      last = last.then(() => keep(form, says)).finally(() => { busy -= 1; });
    }, 700);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (!busy) return;
    event.preventDefault();
    last.then(() => form.submit());
  });
}

function again() {
  const job = document.querySelector("[data-again]");
  if (!job) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(job.dataset.at, { headers: { Accept: "text/html" } });
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(job.id);
      if (!next?.hasAttribute("data-again")) location.reload();
      else if (next.innerHTML !== job.innerHTML) job.replaceWith(next);
    } catch {
      // The server is away: look again later.
    }
    again();
  }, Number(job.dataset.again));
}
again();
