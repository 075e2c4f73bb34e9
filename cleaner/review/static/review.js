// The review page is forms and links, and works without this file. What this adds: single keys, the next edit
// without loading the page anew, words for those who hear the page, and news of what others say meanwhile.
"use strict";

// Each key and what it presses. The help in frame.html.j2 lists the same keys in its `data-key`s.
const KEYS = {
  "a": () => press('#judge [value="accepted"]'),
  "x": () => press('#judge [value="rejected"]'),
  "Space": () => press('#judge [value="deferred"]'),
  "Backspace": () => document.getElementById("edit") && send(document.getElementById("undo")),
  "j": () => press("#next"),
  "k": () => press("#previous"),
  "f": openFilters,
  "?": openHelp,
};
const ONCE = ["a", "x", "Space", "Backspace"]; // a key that is held down judges one edit, not every one
const EVERY = 4000; // milliseconds between two questions for news
const SILENCE = "cleaner-review-keys";
const SAID = { accepted: "accepted", rejected: "rejected", deferred: "deferred", undone: "took back" };
const REOPEN = "The page is no longer signed in. Open the address that `cleaner review` printed.";
const OFFLINE = "Nothing was kept: the server does not answer. Is `cleaner review` still running? Then try again.";

let busy = false;

// --- going from page to page -------------------------------------------------------------------------------

/** Press a button or link that is on the page; say whether there was one. */
function press(selector) {
  const found = document.querySelector(selector);
  found?.click();
  return Boolean(found);
}

/** Send a form as a browser would, and show the page that comes back. */
function send(form, button) {
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  const verdict = data.get("verdict") || "";
  const body = new URLSearchParams(data);
  return go(form.action, { method: "POST", body }, verdict || (form.id === "undo" ? "undone" : ""));
}

/** Fetch a page and put it in place of this one. While one is under way nothing else is begun: a key typed
 * then would judge an edit that nobody has seen. */
async function go(address, options = {}, done = "") {
  if (busy) return;
  busy = true;
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, {
      credentials: "same-origin", redirect: "follow", headers: { Accept: "text/html" }, ...options,
    });
    await take(answer, done);
  } catch {
    fail(OFFLINE);
  } finally {
    busy = false;
    main.removeAttribute("aria-busy");
  }
}

async function take(answer, done) {
  const isPage = (answer.headers.get("Content-Type") || "").startsWith("text/html");
  const parsed = isPage ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  if (!answer.ok || !parsed?.getElementById("main")) {
    const heading = parsed?.querySelector("main h1, h1")?.textContent;
    const told = parsed?.querySelector("main .lede")?.textContent || "";
    fail(answer.status === 401 || answer.status === 403 ? REOPEN : `${heading || `Answer ${answer.status}`}. ${told}`);
    return;
  }
  if (answer.url !== location.href) history.pushState(null, "", answer.url);
  swap(parsed);
  arrive(done);
}

/** Take over the nodes of a parsed page: scripts in it are dead, and no text is read as HTML a second time. */
function swap(parsed) {
  document.title = parsed.title;
  for (const id of ["main", "nav", "progress"]) {
    const [old, fresh] = [document.getElementById(id), parsed.getElementById(id)];
    if (old && fresh) old.replaceWith(document.importNode(fresh, true));
  }
  for (const name of ["seq", "reviewer", "page"]) document.body.dataset[name] = parsed.body.dataset[name] || "";
  document.getElementById("news").hidden = true;
}

/** Put the focus where reading goes on, and say what happened and what is shown now. */
function arrive(done) {
  const card = document.getElementById("edit");
  if (card) window.scrollTo({ top: 0, behavior: "instant" });
  ready();
  const heading = document.querySelector("main h1");
  const target = card || heading || document.getElementById("main");
  if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  target.focus({ preventScroll: true });
  const notice = document.querySelector("#notice p")?.textContent || "";
  const happened = notice || (done ? done[0].toUpperCase() + done.slice(1) : "");
  say([happened, card?.getAttribute("aria-label") || heading?.textContent].filter(Boolean).join(". "));
}

function say(words) {
  document.getElementById("live").textContent = words.replace(/\s+/g, " ").trim();
}

/** Say what went wrong; the page stays as it was, with what was typed into it. */
function fail(words) {
  const notice = document.getElementById("notice");
  notice.classList.add("failed");
  notice.querySelector("p").textContent = words;
  notice.querySelector("button")?.remove(); // it would undo something else
  notice.hidden = false;
  say(words);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-swap]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a");
  if (link?.hasAttribute("data-swap")) {
    event.preventDefault();
    go(link.href);
  } else if (link?.hasAttribute("data-help")) {
    event.preventDefault();
    openHelp();
  } else if (link?.hasAttribute("data-close")) {
    const help = document.getElementById("help");
    if (help.open) event.preventDefault();
    help.close();
  } else if (event.target.closest("[data-copy]")) {
    copy(event.target.closest("[data-copy]"));
  } else if (!link) {
    openMarked(event.target.closest(".sides [data-edit]"));
  }
});

window.addEventListener("popstate", () => location.reload());

/** Open the edit that was pointed at in a document, unless a text was being selected. */
function openMarked(piece) {
  if (piece && getSelection().isCollapsed) location.assign(`/edit/${encodeURIComponent(piece.dataset.edit)}`);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    say("Copied");
  } catch {
    fail("The browser does not let the page copy. Select the text and copy it yourself.");
  }
}

// --- keys --------------------------------------------------------------------------------------------------

function openFilters() {
  const filters = document.getElementById("filters");
  if (!filters) return false;
  filters.open = true;
  filters.querySelector("input[name=q]").focus();
  return true;
}

function openHelp() {
  const help = document.getElementById("help");
  if (!help.open) help.showModal();
  return true;
}

/** Leave the filters: fold them and go back to where single keys are heard. */
function closeFilters(event) {
  const filters = event.target.closest("#filters[open]");
  if (event.key !== "Escape" || !filters || event.isComposing) return;
  event.preventDefault(); // a search field would only be emptied
  filters.open = false;
  (document.getElementById("edit") || filters.querySelector("summary")).focus({ preventScroll: true });
}

/** Whether a key belongs to what has the focus: typing, and the space bar on whatever it presses. */
function isTaken(target, key) {
  if (target.closest("textarea, select, [contenteditable], input:not([type=checkbox])")) return true;
  return key === "Space" && Boolean(target.closest("a, button, summary, label, input"));
}

function nameOf(event) {
  if (event.key === " ") return "Space";
  return event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
}

function areKeysOff() {
  return document.body.dataset.keys === "off";
}

document.addEventListener("keydown", (event) => {
  const key = nameOf(event);
  if (!Object.hasOwn(KEYS, key) || event.defaultPrevented || event.isComposing || areKeysOff()) return;
  if (event.ctrlKey || event.altKey || event.metaKey || (event.shiftKey && key !== "?")) return;
  if (document.querySelector("dialog[open]") || isTaken(event.target, key)) return;
  if (event.repeat && ONCE.includes(key)) {
    event.preventDefault();
    return;
  }
  if (KEYS[key]()) event.preventDefault();
});

document.addEventListener("keydown", closeFilters);

/** Keep the choice about single keys in the browser, where it lets us. */
function setKeys(on, keep) {
  document.body.dataset.keys = on ? "on" : "off";
  try {
    if (keep) localStorage.setItem(SILENCE, on ? "on" : "off");
  } catch { /* then it holds until the page is closed */ }
}

function keptKeys() {
  try {
    return localStorage.getItem(SILENCE) !== "off";
  } catch {
    return true;
  }
}

// --- news of others ----------------------------------------------------------------------------------------

async function ask() {
  if (document.hidden || busy) return;
  const since = document.body.dataset.seq;
  try {
    const answer = await fetch(`/news?since=${encodeURIComponent(since)}`, { credentials: "same-origin" });
    if (!answer.ok) return;
    const news = await answer.json();
    if (busy || document.body.dataset.seq !== since) return; // a page came meanwhile that knows more
    document.body.dataset.seq = news.seq;
    showProgress(news.progress);
    if (news.said.length) showNews(news.said);
  } catch { /* the next verdict says it, if the server is gone */ }
}

function showProgress(progress) {
  for (const part of document.querySelectorAll("[data-progress]")) {
    part.textContent = progress[part.dataset.progress].toLocaleString("en");
  }
  const bar = document.getElementById("progress-bar");
  bar.max = progress.to_judge || 1;
  bar.value = progress.judged;
}

/** Say in a line who did what, and offer the card anew where it is about the edit that is shown. */
function showNews(said) {
  const line = document.getElementById("news");
  const words = summed(said).join("; ");
  const id = document.getElementById("edit")?.dataset.edit;
  line.replaceChildren(words);
  if (id && said.some((one) => one.edit_id === id)) {
    const back = document.querySelector("#judge [name=back]").value;
    const link = document.createElement("a");
    link.href = `/queue?${back ? `${back}&` : ""}at=${encodeURIComponent(id)}`;
    link.dataset.swap = "";
    link.textContent = "This edit is among them: show what was said";
    line.append(". ", link);
  }
  line.hidden = false;
  say(line.textContent);
}

function summed(said) {
  const counts = new Map();
  for (const one of said) {
    const words = `${one.reviewer} ${SAID[one.verdict] || one.verdict}`;
    counts.set(words, (counts.get(words) || 0) + (one.count || 1));
  }
  return [...counts].map(([words, count]) => `${words} ${count === 1 ? "1 edit" : `${count.toLocaleString("en")} edits`}`);
}

// --- start -------------------------------------------------------------------------------------------------

/** Do to a page that has just come what only a script can. */
function ready() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  const row = document.getElementById("marked");
  const id = new URLSearchParams(location.search).get("edit");
  for (const piece of document.querySelectorAll(".sides [data-edit]")) {
    piece.classList.toggle("marked", piece.dataset.edit === id);
  }
  document.querySelector("#nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  document.querySelector(".passage :is(del, ins, mark)")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  if (row && !location.hash) row.scrollIntoView({ block: "center", behavior: "instant" });
}

setKeys(keptKeys(), false);
const box = document.getElementById("keys-on");
box.checked = !areKeysOff();
box.addEventListener("change", () => setKeys(box.checked, true));
document.addEventListener("visibilitychange", ask);
setInterval(ask, EVERY);
ready();
