// The API key form: groups as None/Read/Write, presets, and a summary in words. Without it the checkboxes do.
for (const form of document.querySelectorAll("[data-key-editor]")) {
  const boxes = [...form.querySelectorAll("input[name=permissions]")];
  const named = new Map(boxes.map((box) => [box.value, box]));
  const groups = Map.groupBy?.(boxes, (box) => box.dataset.group)
    ?? boxes.reduce((all, box) => all.set(box.dataset.group, [...(all.get(box.dataset.group) ?? []), box]), new Map());
  const writes = (box) => box.dataset.writes === "1";
  const implied = (box) => (box.dataset.implies ?? "").split(" ").map((name) => named.get(name)).filter(Boolean);
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" });

  /** Check a box and whatever it needs. */
  function grant(box) {
    if (box.disabled) return;
    box.checked = true;
    for (const needed of implied(box)) if (!needed.checked) grant(needed);
  }

  /** Uncheck a box and whatever needs it. */
  function withdraw(box) {
    if (box.disabled) return;
    box.checked = false;
    for (const other of boxes) if (other.checked && implied(other).includes(box)) withdraw(other);
  }

  function setGroup(group, level) {
    for (const box of groups.get(group) ?? []) {
      if (level === "write" || (level === "read" && !writes(box))) grant(box);
      else withdraw(box);
    }
  }

  function levelOf(members) {
    const open = members.filter((box) => !box.disabled);
    const reads = open.filter((box) => !writes(box));
    const chosen = open.filter((box) => box.checked);
    if (!chosen.length) return "none";
    if (chosen.length === open.length) return reads.length === open.length ? "read" : "write";
    return reads.length === chosen.length && !chosen.some(writes) ? "read" : "custom";
  }

  /** Names of the groups in which something is chosen, with a count where it is not all of it. */
  function inWords(isMember) {
    const words = [];
    for (const [group, members] of groups) {
      const all = members.filter(isMember);
      const chosen = all.filter((box) => box.checked).length;
      const name = all[0]?.dataset.groupLabel ?? group;
      if (chosen) words.push(chosen === all.length ? name : `${name} (${chosen} of ${all.length})`);
    }
    return words.join(", ") || "Nothing";
  }

  function until() {
    const choice = form.querySelector("[name=expires]:checked")?.value;
    const last = form.querySelector("[name=expires_on]")?.value;
    if (choice === "never") return "No end: until somebody deletes it";
    if (choice === "custom") return last ? `${day.format(new Date(`${last}T00:00:00Z`))}, the whole day` : "Choose the last day";
    return choice ? day.format(Date.now() + Number(choice) * 86_400_000) : "Choose when it ends";
  }

  function say(what, text) {
    for (const element of form.querySelectorAll(`[data-summary="${what}"]`)) {
      if (element.textContent === text) continue;
      element.textContent = text;
      element.classList.toggle("muted", text === "Nothing");
    }
  }

  /** What the chosen permissions reach beyond their names. */
  function warn() {
    const list = form.querySelector("[data-warnings]");
    const texts = boxes.filter((box) => box.checked && box.dataset.warning).map((box) => [box.value, box.dataset.warning]);
    if (!list || list.dataset.shown === String(texts)) return;
    list.dataset.shown = String(texts);
    list.replaceChildren(...texts.map(([name, text]) => {
      const item = document.createElement("li");
      const code = document.createElement("code");
      item.className = "caution";
      code.textContent = name;
      item.append(code, ` ${text}`);
      return item;
    }));
  }

  /** The address that opens this form as it is filled in now. */
  function link() {
    const field = form.querySelector("[data-prefill]");
    if (!field) return;
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    const choice = form.querySelector("[name=expires]:checked")?.value ?? "";
    const parts = [
      ["name", form.querySelector("[name=name]")?.value.trim()],
      ["permissions", chosen.join(",")],
      ["expires", choice],
      ["expires_on", choice === "custom" && form.querySelector("[name=expires_on]")?.value],
    ].filter(([, value]) => value);
    const query = parts.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&");
    field.value = location.origin + location.pathname + (query && `?${query}`);
  }

  function refresh() {
    for (const [group, members] of groups) {
      const level = levelOf(members);
      const chosen = members.filter((box) => box.checked).length;
      for (const count of form.querySelectorAll(`[data-count="${group}"]`)) count.textContent = `(${chosen} of ${members.length})`;
      for (const radio of form.querySelectorAll(`[name="group-${group}"]`)) radio.checked = radio.value === level;
      for (const note of form.querySelectorAll(`[data-custom="${group}"]`)) note.hidden = level !== "custom";
    }
    say("name", form.querySelector("[name=name]")?.value.trim() || "Not named yet");
    say("read", inWords((box) => !writes(box)));
    say("write", inWords(writes));
    say("until", until());
    warn();
    link();
  }

  form.addEventListener("change", ({ target }) => {
    const preset = form.querySelector("[name=preset]");
    if (target === preset) {
      const wanted = target.selectedOptions[0].dataset.permissions;
      if (wanted !== undefined) {
        boxes.forEach(withdraw);
        for (const name of wanted.split(" ")) if (named.has(name)) grant(named.get(name));
      }
    } else if (target.name.startsWith("group-")) setGroup(target.name.slice(6), target.value);
    else if (target.name === "permissions") (target.checked ? grant : withdraw)(target);
    else return refresh();
    // What was changed by hand is no preset any more.
    if (preset && target !== preset) preset.value = "";
    refresh();
  });
  form.addEventListener("input", ({ target }) => target.name === "name" && refresh());
  refresh();
}
