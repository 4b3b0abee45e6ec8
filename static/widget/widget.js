// One captcha on a page: the altcha component, the hidden fields of its contract, and what is said to the visitor.
const COMPONENT = "gatehouse-captcha"; // what the altcha component is called here, so that a page may have its own
const REASONS = {
  unknown_site: "unknown",
  site_disabled: "disabled",
  origin_not_allowed: "origin",
  blocked: "blocked",
  too_many_challenges: "busy",
  rate_limited: "busy",
};

ALTCHA.defaults.set({
  auto: "onsubmit",
  challenge: "/challenge",
  hideFooter: true,
  hideLogo: true,
  humanInteractionSignature: false, // it would record pointer, scrolling and focus
  minDuration: 300,
  name: "", // the hidden fields are ours, and there only with a solution in them
  timeout: 0,
  workers: LANES,
});
for (const hash of ["SHA-256", "SHA-384", "SHA-512"]) {
  for (const name of [hash, `PBKDF2/${hash}`]) ALTCHA.algorithms.set(name, () => new Lane());
}
for (const [language, { label, checking, done }] of Object.entries(TEXTS)) {
  ALTCHA.i18n.set(language, { label, verifying: checking, verified: done });
}

class Widget {
  solution = "";
  #state = "unverified";
  #reason = "";
  #challenge = null;
  #running = null;
  #stopping = null;
  #isHeld = false;
  #submitter = null;
  #fields = [];
  #aborter = new AbortController();

  /**
   * @param {HTMLElement} host  the element of the page that the captcha stands in
   * @param {object} kind  whose markup it is; see KINDS
   * @param {object} options  by the names of the data attributes, which they go before
   */
  constructor(host, kind, options) {
    this.host = host;
    this.kind = kind;
    this.options = { ...host.dataset, ...options };
    this.language = languageFor(this.options.lang ?? this.options.language ?? this.options.hl);
    this.texts = TEXTS[this.language];
    this.form = host.closest("form");
    this.#build();
    this.#listen();
  }

  /** Start the check, or join the one that runs. Whoever calls it again after an error tries again. */
  start() {
    const ours = (this.#running ??= this.#check());
    ours.finally(() => this.#running === ours && (this.#running = null));
    return ours;
  }

  async #check() {
    await this.ready;
    await this.#stopping;
    if (!this.solution) await this.box.verify();
  }

  /** Back to the beginning; a solution that was there is forgotten. */
  reset() {
    this.#forget();
    this.#say("");
    this.#isHeld = false;
    [this.#stopping, this.#running] = [this.#running, null];
    this.ready.then(() => this.box.reset());
    this.#call("reset", "reset-callback");
  }

  /** Take the captcha off the page. */
  remove() {
    this.#forget();
    this.#aborter.abort();
    this.frame.remove();
  }

  // --- Building -----------------------------------------------------------------------------------------------
  #build() {
    this.frame = Object.assign(document.createElement("div"), { className: "gatehouse-frame", lang: this.language });
    this.box = document.createElement(COMPONENT);
    this.box.setAttribute("language", this.language);
    this.note = Object.assign(document.createElement("div"), { className: "gatehouse-note", hidden: true });
    this.words = document.createElement("span");
    this.words.setAttribute("role", "alert");
    this.again = Object.assign(document.createElement("button"), { type: "button", textContent: this.texts.again });
    this.status = Object.assign(document.createElement("span"), { className: "gatehouse-status" });
    this.status.setAttribute("role", "status");
    this.note.append(this.words, this.again);
    this.frame.append(this.box, mark(), this.status, this.note);
    const isHidden = this.options.size === "invisible" || ["hidden", "popup"].includes(this.options.displayMode);
    this.frame.dataset.display = isHidden ? "hidden" : "shown";
    this.ready = new Promise((resolve) => this.box.addEventListener("load", resolve, { once: true }));
    this.host.append(this.frame);
    this.dress();
    this.ready.then(() => {
      this.box.configure({ fetch: () => this.#fetchChallenge() });
      this.#neverRequired();
      this.#call("init", "init-callback");
      if (!isSecureContext) this.#fail("insecure");
      else if (!this.options.sitekey) this.#fail("unknown");
      else if (this.#startsOn === "load") this.start();
    });
  }

  get #startsOn() {
    const { start, startMode, autostart, size } = this.options;
    if (size === "invisible") return "submit";
    if (autostart !== undefined) return String(autostart) === "false" ? "focus" : "load";
    return { auto: "focus" }[startMode ?? start] ?? startMode ?? start ?? this.kind.start;
  }

  /** Light or dark: as the page asks, else like the text around it, which is light on a dark page. */
  dress() {
    const asked = this.options.theme ?? this.kind.theme;
    const isDark = asked === "dark" || (asked === "auto" && isLight(getComputedStyle(this.host).color));
    this.frame.dataset.theme = isDark ? "dark" : "light";
  }

  // --- What happens on the page -------------------------------------------------------------------------------
  #listen() {
    const { signal } = this.#aborter;
    this.box.addEventListener("statechange", ({ detail }) => this.#onState(detail.state), { signal });
    this.box.addEventListener("verified", ({ detail }) => this.#onVerified(detail.payload), { signal });
    this.box.addEventListener("change", (event) => this.#onTicked(event), { signal, capture: true });
    this.again.addEventListener("click", () => this.#tryAgain(), { signal });
    document.addEventListener("visibilitychange", () => this.#renewIfOver(), { signal });
    this.form?.addEventListener("reset", () => this.reset(), { signal });
    this.form?.addEventListener("submit", (event) => this.#onSubmit(event), { signal, capture: true });
    if (this.#startsOn === "focus") {
      for (const name of ["focusin", "input"]) {
        this.form?.addEventListener(name, () => this.#state === "unverified" && !this.#reason && this.start(), { signal });
      }
    }
  }

  /** The component would start a second check beside one that is about to begin, and both would fail. */
  #onTicked(event) {
    event.stopPropagation();
    if (this.solution) return this.reset();
    event.target.checked = false;
    this.start();
  }

  #tryAgain() {
    this.box.querySelector("input[type=checkbox]")?.focus(); // the button is about to go
    this.start();
  }

  #onState(state) {
    this.#state = state;
    this.frame.dataset.state = state;
    this.dress();
    this.#neverRequired();
    if (state !== "verified") this.#forget();
    if (state === "verifying" && !this.#isHeld) this.#say("");
    if (state === "verifying") this.#call("started", "started-callback");
    if (state === "error") this.#fail(this.#reason || (isSecureContext ? "failed" : "insecure"));
    this.status.textContent = { verifying: this.texts.checking, verified: this.texts.done }[state] ?? "";
  }

  #onVerified(payload) {
    const { solution } = JSON.parse(atob(payload));
    this.solution = btoa(JSON.stringify({ challenge: this.#challenge, solution }));
    this.timer = setTimeout(() => this.#renewIfOver(), this.endsAt - Date.now());
    this.#fill();
    this.#say("");
    this.#call("verified", "callback", "finished-callback");
    if (this.#isHeld) this.#letGo();
  }

  /** A form that is sent before the check is done waits for it. */
  #onSubmit(event) {
    if (this.solution && Date.now() < this.endsAt) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.solution) this.#forget();
    this.#isHeld = true;
    this.#submitter = event.submitter;
    this.#say("held");
    this.start();
  }

  #letGo() {
    this.#isHeld = false;
    this.form?.requestSubmit(this.#submitter?.isConnected ? this.#submitter : null);
  }

  #renewIfOver() {
    if (!this.solution || Date.now() < this.endsAt) return;
    if (document.hidden) return; // nobody is there: it is renewed when somebody looks again
    this.#forget();
    this.#call("expired", "expired-callback", "chalexpired-callback");
    this.start();
  }

  #fail(reason) {
    this.#reason = reason;
    this.#isHeld = false;
    this.#say(reason);
    this.#call("error", "error-callback", "errored-callback", "failed-callback");
  }

  // --- Asking for a challenge ---------------------------------------------------------------------------------
  async #fetchChallenge() {
    this.#reason = "failed";
    const address = new URL("/challenge", BASE);
    address.searchParams.set("sitekey", this.options.sitekey ?? "");
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" }).catch(async () => {
      this.#reason = (await isReachable()) ? "origin" : "network";
      throw this.#reason; // no Error: altcha would write it to the page's console
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      this.#reason = REASONS[body.code] ?? { 403: "blocked", 404: "unknown", 429: "busy" }[answer.status] ?? "failed";
      throw this.#reason;
    }
    this.#reason = "";
    const { parameters, signature } = body;
    if (body.test && !this.frame.querySelector(".gatehouse-test")) {
      this.status.before(Object.assign(document.createElement("strong"), { className: "gatehouse-test", textContent: "Test key" }));
    }
    const { d: delay, e: lifetime } = parameters.data; // seconds from now: the clock of a visitor may be wrong
    const now = performance.now();
    open.set(parameters, { receivedAt: now, readyAt: now + delay * 1000 });
    this.endsAt = Date.now() + lifetime * 1000;
    this.#challenge = { parameters, signature };
    return { status: 200, headers: new Headers({ "content-type": "application/json" }), json: async () => this.#challenge };
  }

  // --- Telling ------------------------------------------------------------------------------------------------
  #say(name) {
    if (!name) this.#reason = "";
    this.note.hidden = !name;
    this.again.hidden = name === "held";
    this.note.dataset.kind = name === "held" ? "wait" : "bad";
    this.words.textContent = name ? this.texts[name].replace("{origin}", location.origin) : "";
  }

  /** Tell the page: an event that bubbles, in our name and its contract's, and functions that its attributes name. */
  #call(name, ...callbacks) {
    const detail = { element: this.host, widget: this, solution: this.solution, reason: this.#reason };
    const theirs = { init: "init", started: "start", verified: "finish", error: "error" }[name];
    const names = [`gatehouse:${name}`, this.kind.name === "private-captcha" && theirs && `privatecaptcha:${theirs}`];
    for (const each of names.filter(Boolean)) this.host.dispatchEvent(new CustomEvent(each, { bubbles: true, detail }));
    const passed = this.kind.name === "private-captcha" ? this : name === "error" ? this.#reason : this.solution;
    for (const callback of callbacks) {
      const given = this.options[callback.replace(/-c/, "C")];
      const called = typeof given === "function" ? given : window[given];
      if (typeof called === "function") called(passed);
    }
  }

  // --- The hidden fields --------------------------------------------------------------------------------------
  #fill() {
    const { solutionField, compat } = this.options;
    const names = new Set([solutionField ?? this.options.field ?? this.kind.field]);
    if ((compat ?? COMPAT) === "recaptcha") names.add("g-recaptcha-response");
    this.#fields = [...names].map((name) =>
      Object.assign(document.createElement("input"), { type: "hidden", name, value: this.solution }),
    );
    this.frame.append(...this.#fields);
  }

  #forget() {
    clearTimeout(this.timer);
    this.solution = "";
    for (const field of this.#fields.splice(0)) field.remove();
  }

  /** The form is held here, with a sentence that helps; the browser's own would only say that a box is empty. */
  #neverRequired() {
    const checkbox = this.box.querySelector("input[type=checkbox]");
    if (checkbox) checkbox.required = false;
  }
}

/** Whether the server answers at all: to a page that the site key is not for, a browser does not tell its refusal. */
const isReachable = () =>
  fetch(SCRIPT, { method: "HEAD", mode: "no-cors", cache: "no-store" }).then(
    () => true,
    () => false,
  );

/** Whether a CSS colour is nearer to white than to black. */
function isLight(colour) {
  const [first = 0, second = 0, third = 0] = colour.match(/[\d.]+/g)?.map(Number) ?? [];
  if (!colour.startsWith("rgb")) return (first > 1 ? first / 100 : first) > 0.6; // oklch(), lab(): lightness first
  return 0.299 * first + 0.587 * second + 0.114 * third > 140;
}

/** Our mark, a gate in its arch, built without any markup that a policy could refuse. */
function mark() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "gatehouse-mark");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", "M4 21V11a8 8 0 0 1 16 0v10M9 21v-9a3 3 0 0 1 6 0v9");
  svg.append(path);
  return svg;
}
