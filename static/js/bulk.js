// Lists with boxes in their rows: choose all of a page, count, and offer what can be done with the chosen ones.
{
  const boxes = () => [...document.querySelectorAll("[data-pick]")];

  function refresh() {
    const form = document.querySelector("[data-bulk]");
    if (!form?.querySelector("[data-pick-all]")) return;
    const all = boxes();
    const chosen = all.filter((box) => box.checked).length;
    const every = form.querySelector("[data-pick-all]");
    every.checked = chosen > 0 && chosen === all.length;
    every.indeterminate = chosen > 0 && chosen < all.length;
    form.querySelector("[data-picked]").textContent = chosen ? `${chosen} chosen` : "";
    for (const button of form.querySelectorAll("[data-picked-only]")) button.disabled = !chosen;
  }

  let last = null;
  // With Shift held, everything between the last box and this one follows it.
  document.addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches("[data-pick]")) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(target)].sort((a, b) => a - b);
    if (shiftKey && from >= 0) for (const box of all.slice(from, to + 1)) box.checked = target.checked;
    last = target;
    refresh();
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.matches("[data-pick], [data-pick-all]")) refresh();
  });
  document.addEventListener("htmx:load", refresh);
  addEventListener("pageshow", refresh); // going back brings the boxes as they were
  refresh();
}
