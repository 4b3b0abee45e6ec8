// The page: whose markup is found on it, and what its scripts may call.
const OPTIONS = new URLSearchParams(SCRIPT.split("?")[1] ?? "");
const COMPAT = OPTIONS.get("compat") ?? "";
const KINDS = [
  { name: "gatehouse", field: "gatehouse-solution", start: "focus", theme: "auto" },
  { name: "neocaptcha", field: "neocaptcha-solution", start: "focus", theme: "auto" },
  { name: "eu-captcha", field: "eu-captcha-response", start: "load", theme: "light" },
  { name: "private-captcha", field: "private-captcha-solution", start: "focus", theme: "light" },
  { name: "procaptcha", field: "procaptcha-response", start: "click", theme: "light" },
];
if (COMPAT === "recaptcha") KINDS.push({ name: "g-recaptcha", field: "g-recaptcha-response", start: "click", theme: "light" });
const SELECTOR = KINDS.map(({ name }) => `.${name}`).join();
const widgets = new Map(); // by the element they stand in, in the order of the page's asking

const elementOf = (target) =>
  target instanceof Element ? target : document.getElementById(target) ?? document.querySelector(target);

/** The widget meant by itself, its element, an id, a selector or its number; without any, the first. */
function widgetOf(target) {
  if (target instanceof Widget) return target;
  if (target === undefined || typeof target === "number") return [...widgets.values()][target ?? 0];
  return widgets.get(elementOf(target));
}

/** Put a captcha into an element; one that has one keeps it. */
function render(target, options = {}) {
  const host = elementOf(target);
  if (!host) throw new Error(`Gatehouse: there is no element ${target} to render in.`);
  if (widgets.has(host)) return widgets.get(host);
  const kind = KINDS.find(({ name }) => host.classList.contains(name)) ?? KINDS.find((each) => each.name === options.kind);
  const given = { ...options, ...(options.siteKey && { sitekey: options.siteKey }) };
  const widget = new Widget(host, kind ?? KINDS[0], given);
  widgets.set(host, widget);
  const { storeVariable } = host.dataset;
  if (storeVariable && !(storeVariable in host)) host[storeVariable] = widget;
  return widget;
}

function forget(widget) {
  if (widget && widgets.delete(widget.host)) widget.remove();
}

function setup(root = document) {
  if (root.matches?.(SELECTOR)) render(root);
  root.querySelectorAll?.(SELECTOR).forEach((host) => render(host));
}

const numberOf = (widget) => [...widgets.values()].indexOf(widget);
const api = {
  render,
  setup,
  reset: (target) => widgetOf(target)?.reset(),
  execute: (target) => widgetOf(target)?.start(),
  remove: (target) => forget(widgetOf(target)),
  getResponse: (target) => widgetOf(target)?.solution ?? "",
};
const numbered = {
  ...api,
  ready: (callback) => callback(),
  render: (target, options) => numberOf(render(target, { ...options, kind: "procaptcha" })),
};

window.gatehouse = api;
window.procaptcha ??= numbered;
window.privateCaptcha ??= Object.create(api, {
  render: { value: (target, options) => render(target, { ...options, kind: "private-captcha" }) },
  autoWidget: { get: () => [...widgets.values()].find(({ kind }) => kind.name === "private-captcha") },
});
if (COMPAT === "recaptcha") {
  window.grecaptcha ??= { ...numbered, render: (target, options) => numberOf(render(target, { ...options, kind: "g-recaptcha" })) };
}

const sheet = new CSSStyleSheet(); // made by a script, it asks nothing of the page's style-src
sheet.replaceSync(STYLES);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

function begin() {
  if (OPTIONS.get("render") !== "explicit") {
    setup();
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) setup(node);
      for (const widget of [...widgets.values()]) if (!widget.host.isConnected) forget(widget);
    }).observe(document.documentElement, { childList: true, subtree: true });
  }
  const onload = window[OPTIONS.get("onload")];
  if (typeof onload === "function") onload();
  document.dispatchEvent(new CustomEvent("gatehouse:ready"));
}

const dressAll = () => setTimeout(() => widgets.forEach((widget) => widget.dress()), 250); // after transitions
addEventListener("load", dressAll); // styles may come after this script
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dressAll);
new MutationObserver(dressAll).observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
else begin();
