// What every page does: dialogs, the palette, keys. Pages work without it.
const byId = (id) => document.getElementById(id);
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

function open(id) {
  const dialog = byId(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  if (id === "palette") {
    byId("palette-input").value = "";
    fill();
    byId("palette-input").focus();
  }
}

function goals(text) {
  const wanted = text.trim().toLocaleLowerCase();
  const pages = [...document.querySelectorAll(".rail a[data-key]")]
    .map((link) => ({ label: link.textContent, href: link.getAttribute("href") }))
    .filter((goal) => goal.label.toLocaleLowerCase().includes(wanted));
  if (!wanted) return pages;
  const label = `${byId("palette-list").dataset.search} “${text.trim()}”`;
  return [...pages, { label, href: `/search?q=${encodeURIComponent(text.trim())}` }];
}

function fill() {
  const list = byId("palette-list");
  const found = goals(byId("palette-input").value);
  list.replaceChildren(
    ...found.map((goal, at) => {
      const item = document.createElement("li");
      item.id = `goal-${at}`;
      item.role = "option";
      item.textContent = goal.label;
      item.dataset.href = goal.href;
      item.setAttribute("aria-selected", String(at === 0));
      item.addEventListener("click", () => location.assign(goal.href));
      return item;
    }),
  );
  byId("palette-input").setAttribute("aria-activedescendant", found.length ? "goal-0" : "");
}

function choose(step) {
  const items = [...byId("palette-list").children];
  if (!items.length) return;
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const next = (now + step + items.length) % items.length;
  items.forEach((item, at) => item.setAttribute("aria-selected", String(at === next)));
  items[next].scrollIntoView({ block: "nearest" });
  byId("palette-input").setAttribute("aria-activedescendant", items[next].id);
}

function inPalette(event) {
  const chosen = document.querySelector('#palette-list [aria-selected="true"]');
  if (event.key === "ArrowDown") choose(1);
  else if (event.key === "ArrowUp") choose(-1);
  else if (event.key === "Enter" && chosen) location.assign(chosen.dataset.href);
  else return;
  event.preventDefault();
}

function move(step) {
  const lines = [...document.querySelectorAll("[data-lines] tbody tr, tr[data-line]")].filter(
    (line, at, all) => line.querySelector("a[href]") && all.indexOf(line) === at,
  );
  if (!lines.length) return;
  const now = lines.findIndex((line) => line.classList.contains("at"));
  const next = Math.min(Math.max(now + step, 0), lines.length - 1);
  lines[now]?.classList.remove("at");
  lines[next].classList.add("at");
  lines[next].querySelector("a[href]").focus();
}

let gone = -Infinity;

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.timeStamp - gone < 1200) {
    gone = -Infinity;
    const link = document.querySelector(`.rail a[data-key="${CSS.escape(event.key)}"]`);
    if (link) location.assign(link.href);
    return;
  }
  if (event.key === "?") open("shortcuts");
  else if (event.key === "/" && byId("find")) {
    event.preventDefault();
    byId("find").focus();
  } else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "g") gone = event.timeStamp;
}

document.addEventListener("keydown", onKey);
byId("palette-input")?.addEventListener("input", fill);
byId("palette-input")?.addEventListener("keydown", inPalette);
for (const button of document.querySelectorAll("[data-open]"))
  button.addEventListener("click", () => open(button.dataset.open));
for (const dialog of document.querySelectorAll("dialog"))
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
for (const select of document.querySelectorAll("select[data-now]"))
  select.addEventListener("change", () => select.form.requestSubmit());
for (const note of document.querySelectorAll("[data-job]")) {
  const told = new EventSource(`/api/v1/jobs/${note.dataset.job}/events`);
  told.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    const progress = note.querySelector("[data-progress]");
    progress.textContent = progress.getAttribute(`data-${job.progress || "take-in"}`);
    if (!job.ended_at) return;
    told.close();
    // What the job changed is shown a moment later; words that are being written stay.
    if (![...document.querySelectorAll("textarea")].some((field) => field.value))
      setTimeout(() => location.reload(), 3000);
  });
}
