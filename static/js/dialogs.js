// Questions before something happens, and keyboard shortcuts. Signed-in pages only.
{
  const ask = document.getElementById("confirm");
  const shortcuts = document.getElementById("shortcuts");
  const isOn = document.getElementById("shortcuts-on");
  const GO = { o: "layout-dashboard", s: "globe", k: "key-round", l: "scroll-text" };
  let proceed = null;
  let afterG = 0;

  /**
   * Ask first. A link with data-confirm leads to a page that asks; the dialog asks here and posts to that page.
   * A form or button with data-confirm is sent once the answer is yes.
   */
  const question = (element, go) => {
    const { confirm, confirmTitle, confirmLabel } = element.dataset;
    const button = ask.querySelector("[data-go]");
    ask.querySelector("h2").textContent = confirmTitle ?? "Are you sure?";
    ask.querySelector("p").textContent = confirm;
    button.textContent = confirmLabel ?? element.textContent.trim();
    button.classList.toggle("danger", !("confirmHarmless" in element.dataset));
    button.classList.toggle("primary", "confirmHarmless" in element.dataset);
    proceed = go;
    ask.showModal();
  };

  ask.querySelector("form").addEventListener("submit", (event) => {
    if (typeof proceed !== "function") return;
    event.preventDefault();
    ask.close();
    proceed();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      ask.querySelector("form").action = link.href;
      question(link, null);
    }
    event.target.closest("[data-close]")?.closest("dialog").close();
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
    if (event.target.matches("dialog")) event.target.close(); // the backdrop
  });

  // Capturing, so that the question comes before htmx sends anything.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asker = event.submitter?.matches("[data-confirm]") ? event.submitter : form.matches("[data-confirm]") && form;
    if (!asker || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopPropagation();
    const { submitter } = event;
    question(asker, () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    });
  }, true);

  // Only this preference is ever kept in the browser.
  isOn.checked = localStorage.getItem("shortcuts") !== "off";
  isOn.addEventListener("change", () => localStorage.setItem("shortcuts", isOn.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea, [contenteditable], dialog");
    if (!isOn.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") shortcuts.showModal();
    else if (event.key === "/") document.querySelector("[data-search]")?.focus();
    else if (Date.now() - afterG < 1500 && GO[event.key]) document.querySelector(`[data-nav="${GO[event.key]}"]`)?.click();
    else {
      afterG = event.key === "g" ? Date.now() : 0;
      return;
    }
    event.preventDefault();
  });
}
