// What every page does better with a script. All of it listens on the document, so swapped-in parts work too.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Say something in the corner; it stays until it is dismissed. */
function toast(text, level = "") {
  const region = $("#toasts");
  if (!region) return;
  const note = $("#toast").content.firstElementChild.cloneNode(true);
  if (level) note.classList.add(level);
  $("div", note).textContent = text;
  region.replaceChildren(note);
}
document.addEventListener("toast", ({ detail }) => toast(detail.text ?? detail.value, detail.level));

// --- Times in the reader's own zone; UTC stays in the title -------------------------------------------------
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function localTimes(root) {
  for (const time of $$("time[data-local]", root)) {
    time.textContent = clock.format(new Date(time.dateTime)).replace(/ (?=\p{L}+$)/u, "\u00a0"); // "9:07 PM" stays whole
    time.removeAttribute("data-local");
  }
}

// A day that is chosen is the reader's, too; one that came with the address stays in the zone that the address names.
function localDays(root) {
  const { timeZone } = clock.resolvedOptions();
  for (const field of $$("input[data-zone]", root)) {
    const { from, to } = field.form.elements;
    if (!timeZone || from.value || to.value) continue;
    field.value = timeZone;
    for (const name of $$("[data-zone-name]", field.form)) name.textContent = timeZone;
  }
}

function enhance(root) {
  localTimes(root);
  localDays(root);
  $("[data-focus]", root)?.focus();
}

// --- A page that must not come again: reloading the answer to a POST would send the form once more -------------
const address = $("[data-address]")?.dataset.address;
if (address) history.replaceState(null, "", address);

// --- Copying -------------------------------------------------------------------------------------------------
async function copy(button) {
  const source = document.getElementById(button.dataset.copyFrom ?? "");
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  const label = $("[data-copy-label]", button);
  const before = (button.dataset.before ??= label.textContent);
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
    button.classList.add("copied");
  } catch {
    // No permission, or a page without https: select it, so that one key press copies.
    if (source?.select) source.select();
    else if (source) getSelection().selectAllChildren(source);
    label.classList.remove("sr-only"); // an icon alone could not say it
    label.textContent = source ? "Press Ctrl+C" : "Could not copy";
  }
  $("#announce").textContent = label.textContent;
  setTimeout(() => {
    label.textContent = before;
    button.classList.remove("copied");
    $("#announce").textContent = "";
  }, 2500);
}

// --- Lists that narrow while somebody types ------------------------------------------------------------------
function filter(input) {
  const wanted = input.value.trim().toLowerCase();
  const list = $(input.dataset.filter);
  let shown = 0;
  for (const item of list.children) {
    item.hidden = !(item.dataset.filterText ?? item.textContent).toLowerCase().includes(wanted);
    shown += item.hidden ? 0 : 1;
  }
  const none = $(`[data-filter-none="${input.dataset.filter}"]`);
  if (none) none.hidden = shown > 0;
  $("#announce").textContent = wanted ? `${shown} shown` : "";
}

// --- Theme: at once, and saved behind the scenes -------------------------------------------------------------
function switchTheme(form, button) {
  const root = document.documentElement;
  if (button.value === "system") delete root.dataset.theme;
  else root.dataset.theme = button.value;
  for (const other of $$("button", form)) other.setAttribute("aria-pressed", String(other === button));
  const body = new FormData(form, button);
  fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => toast("The theme was not saved.", "bad"));
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const copier = target.closest("[data-copy], [data-copy-from]");
  if (copier) copy(copier);
  target.closest("[data-dismiss]")?.parentElement.remove();
  for (const menu of $$("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  switchTheme(event.target, event.submitter);
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && $("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
});

document.addEventListener("focusin", ({ target }) => target.matches("[data-select]") && target.select());
document.addEventListener("input", ({ target }) => target.matches("[data-filter]") && filter(target));

// --- Selects that send their form: at once when pointed at; with the keyboard, where every arrow is a change, by the button.
document.addEventListener("pointerdown", ({ target }) => target.matches("[data-submit]") && delete target.dataset.keyed);
document.addEventListener("keydown", ({ target, key }) => {
  if (target.matches("[data-submit]") && key !== "Tab") target.dataset.keyed = "";
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-submit]") && !("keyed" in target.dataset)) target.form.requestSubmit();
});

// --- htmx: say what went wrong instead of doing nothing --------------------------------------------------------
document.addEventListener("htmx:load", ({ target }) => enhance(target));
// Empty fields of a filter would only lengthen the address, and so would a zone without a day.
document.addEventListener("htmx:configRequest", ({ detail: { verb, formData } }) => {
  if (verb !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  if (!formData.has("from") && !formData.has("to")) formData.delete("zone");
});
document.addEventListener("htmx:sendError", () => toast("We could not reach the server. Check your connection and try again.", "bad"));
document.addEventListener("htmx:timeout", () => toast("The server took too long. Try again in a moment.", "bad"));
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status } = detail.xhr;
  const id = detail.xhr.getResponseHeader("X-Request-Id");
  const why = status === 403 ? "You may not do that." : status === 404 ? "That is no longer there. Reload the page."
    : status === 429 ? "Too many tries. Wait a moment." : "Something broke on our side. Nothing was changed.";
  toast(id && status >= 500 ? `${why} Request ${id}` : why, "bad");
});

// A region that is only heard. Made here because only scripts speak in it.
const announce = Object.assign(document.createElement("div"), { id: "announce", className: "sr-only" });
announce.setAttribute("role", "status");
document.body.append(announce);
enhance(document);
$(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); // on narrow screens it may lie beyond the edge
