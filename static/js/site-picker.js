// Choosing among many boxes: typing narrows the list, and what is chosen stays in sight. Without it the list is whole.
for (const picker of document.querySelectorAll("[data-picker]")) {
  const field = picker.querySelector("[data-picker-filter]");
  const count = picker.querySelector("[data-picker-count]");
  const items = [...picker.querySelectorAll("li")].map((item) => ({
    item,
    box: item.querySelector("input"),
    text: (item.dataset.text ?? "").toLowerCase(),
  })).filter(({ box }) => box);

  function narrow() {
    const wanted = field.value.trim().toLowerCase();
    let found = 0;
    let chosen = 0;
    for (const { item, box, text } of items) {
      const fits = text.includes(wanted);
      item.hidden = !fits && !box.checked;
      found += fits ? 1 : 0;
      chosen += box.checked ? 1 : 0;
    }
    const told = wanted ? (found ? `${found} of ${items.length} found. ` : "No site matches. ") : "";
    count.textContent = `${told}${chosen ? `${chosen} chosen.` : "None chosen yet."}`;
  }

  field.addEventListener("input", narrow);
  // Enter would send the form of the page.
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  picker.addEventListener("change", narrow);
  narrow();
}
