// The API key form: groups as None/Read/Write, presets, and a summary in words. Without it the checkboxes do.
for (const form of document.querySelectorAll("[data-key-editor]")) {
  const boxes = [...form.querySelectorAll("input[name=permissions]")];
  const named = new Map(boxes.map((box) => [box.value, box]));
  const groups = Map.groupBy?.(boxes, (box) => box.dataset.group)
    ?? boxes.reduce((all, box) => all.set(box.dataset.group, [...(all.get(box.dataset.group) ?? []), box]), new Map());
  const writes = (box) => box.dataset.writes === "1";
  const implied = (box) => (box.dataset.implies ?? "").split(" ").map((name) => named.get(name)).filter(Boolean);
  const value = (name) => form.querySelector(`[name=${name}]`)?.value.trim() ?? "";
  const picked = (name) => form.querySelector(`[name=${name}]:checked`)?.value;
  const sites = () => [...form.querySelectorAll("input[name=sites]:checked")];
  const furtherSites = () => value("further_sites").split(/\s+/).filter(Boolean);
  const networks = () => value("networks").split(/[\s,]+/).filter(Boolean);
  const isLimited = () => picked("reach") === "sites";
  const isForOrganization = () => picked("reach") === "organization";
  const organization = () => form.querySelector("[name=organization]")?.selectedOptions[0];
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

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
    const choice = picked("expires");
    const last = value("expires_on");
    const seconds = Number(value("expires_in"));
    if (choice === "never") return "No end: until somebody deletes it";
    if (choice === "custom") return last ? `${day.format(new Date(`${last}T00:00:00Z`))}, the whole day` : "Choose the last day";
    if (choice === "seconds") return seconds > 0 ? exact.format(Date.now() + Math.min(seconds, 4e8) * 1000) : "Say how many seconds";
    return choice ? day.format(Date.now() + Number(choice) * 86_400_000) : "Choose when it ends";
  }

  function reach() {
    if (isForOrganization()) return organization()?.value ? `All sites of “${organization().text}”, future ones too` : "Choose the organization";
    if (!isLimited()) return "All sites, future ones too";
    const names = sites().map((box) => box.dataset.name);
    const count = names.length + furtherSites().length;
    if (!count) return "Choose at least one site";
    const shown = names.slice(0, 5).join(", ");
    return `${count} site${count === 1 ? "" : "s"}${shown && `: ${shown}`}${count > 5 ? " …" : ""}`;
  }

  function usedFrom() {
    const listed = networks();
    if (!listed.length) return "Everywhere";
    return listed.length > 3 ? `${listed.length} networks` : listed.join(", ");
  }

  function say(what, text) {
    for (const element of form.querySelectorAll(`[data-summary="${what}"]`)) {
      if (element.textContent === text) continue;
      element.textContent = text;
      element.classList.toggle("muted", text === "Nothing");
    }
  }

  /** What each chosen permission reaches beyond its name, and what keeps it from being used. */
  function warnings() {
    const found = [];
    for (const box of boxes.filter(({ checked }) => checked)) {
      const { accountWide, off, warning } = box.dataset;
      if (off) found.push([box.value, off]);
      else if (accountWide !== undefined && isLimited()) found.push([box.value, "It goes beyond single sites, so this key could not use it."]);
      else if (accountWide !== undefined && isForOrganization() && box.value !== "createSite") found.push([box.value, "It goes beyond one organization, so this key could not use it."]);
      else if (warning) found.push([box.value, warning]);
    }
    return found;
  }

  /** Say each reason once, with every permission that it holds for. */
  function warn() {
    const list = form.querySelector("[data-warnings]");
    const found = warnings();
    if (!list || list.dataset.shown === String(found)) return;
    list.dataset.shown = String(found);
    const reasons = new Map();
    for (const [name, text] of found) reasons.set(text, [...(reasons.get(text) ?? []), name]);
    list.replaceChildren(...[...reasons].map(([text, names]) => {
      const item = document.createElement("li");
      item.className = "caution";
      for (const name of names) {
        const code = document.createElement("code");
        code.textContent = name;
        item.append(code, " ");
      }
      item.append(text);
      return item;
    }));
  }

  /** The address that opens this form as it is filled in now. */
  function link() {
    const field = form.querySelector("[data-prefill]");
    if (!field) return;
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    const choice = picked("expires") ?? "";
    const parts = [
      ["name", value("name")],
      ["permissions", chosen.join(",")],
      ["sites", isLimited() && [...sites().map((box) => box.value), ...furtherSites()].join(",")],
      ["organization", isForOrganization() && organization()?.value],
      ["networks", networks().join(",")],
      ["expires", choice !== "seconds" && choice],
      ["expires_on", choice === "custom" && value("expires_on")],
      ["expires_in", choice === "seconds" && value("expires_in")],
    ].filter(([, text]) => text);
    const query = parts.map(([name, text]) => `${name}=${encodeURIComponent(text).replaceAll("%2C", ",")}`).join("&");
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
    say("name", value("name") || "Not named yet");
    say("reach", reach());
    say("networks", usedFrom());
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
  const typed = new Set(["name", "networks", "further_sites", "expires_in"]);
  form.addEventListener("input", ({ target }) => typed.has(target.name) && refresh());
  refresh();
}
