// A site's settings: the slider moves with the number of the level, and what is not saved yet is said.
for (const field of document.querySelectorAll("[data-level]")) {
  const number = field.querySelector("input[type=number]");
  const slider = field.querySelector("[data-level-slider]");
  const scale = Object.fromEntries(Object.entries(field.dataset).map(([name, text]) => [name, Number(text)]));
  const say = (part, text) => { field.querySelector(`[data-level-${part}]`).textContent = text; };

  /** As `work_in_words` of apps/sites/difficulty.py says it. */
  function work(level) {
    if (level === scale.usual) return "the usual level";
    const times = 2 ** ((level - scale.usual) / scale.doubling);
    const digits = Number((times > 1 ? times : 1 / times).toPrecision(2)).toLocaleString("en");
    return `about ${times > 1 ? `${digits} times` : `1/${digits}`} the work of the usual level ${scale.usual}`;
  }

  function tell() {
    const level = Number(number.value);
    if (!Number.isInteger(level) || level < slider.min || level > slider.max) return;
    slider.value = level;
    slider.setAttribute("aria-valuetext", `${level}, ${work(level)}`);
    say("now", level);
    say("work", work(level));
    say("difficulty", Math.floor(level / scale.band));
    say("pow", Math.min(Math.floor((level + scale.digit / 2) / scale.digit) + 1, 8));
  }

  slider.addEventListener("input", () => {
    number.value = slider.value;
    tell();
  });
  number.addEventListener("input", tell);
  tell();
}

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const hint = form.querySelector("[data-unsaved-hint]");
  const content = () => new URLSearchParams(new FormData(form)).toString();
  const before = content();
  // After an error, what is shown was typed and not saved.
  const wasRefused = form.querySelector("[aria-invalid]") !== null;
  const tell = () => { hint.textContent = wasRefused || content() !== before ? "Not saved yet." : ""; };
  form.addEventListener("input", tell);
  tell();
}
