// Draws the charts of components/chart.html from their tables with uPlot. Without it the tables say the same.
const HEIGHT = 240;
const THIN = 4; // pixels of a bar and its gap
const LABEL_WIDTH = 64; // pixels that a time below the axis takes, with some air
const LOW = 160; // of a line
const STEPS = { minute: [1, 2, 5, 10, 15, 20, 30], hour: [1, 2, 3, 4, 6, 8, 12, 24], day: [1, 2, 3, 5, 7, 10, 15, 30] };
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const NIGHT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const HOUR = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const SHORT = new Intl.NumberFormat(undefined, { notation: "compact" });
const WHOLE = new Intl.NumberFormat();
const drawn = new Set();

/** What a table says: its series, and for each bar its moment and its counts, oldest first. */
function read(table) {
  const series = [...table.tHead.querySelectorAll("[data-paint]")].map((cell) => ({ paint: cell.dataset.paint, label: cell.textContent.trim() }));
  const unit = table.dataset.line; // of a line; a chart of bars counts
  const bars = [...table.tBodies[0].rows].reverse().map((row) => ({
    at: new Date(row.querySelector("time").dateTime),
    counts: series.map((_, place) => (unit ? value(row.cells[place + 1]) : count(row.cells[place + 1]))),
    texts: series.map((_, place) => row.cells[place + 1].textContent.trim()),
  }));
  return { series, bars, by: table.dataset.chart, unit, most: Number(table.dataset.most) };
}

/** What a cell counts; thousands are set apart with commas. */
const count = (cell) => Number(cell.textContent.replaceAll(",", ""));

/** What a point of a line is drawn at; nothing where nothing was measured. */
const value = (cell) => (cell.dataset.value === undefined ? null : Number(cell.dataset.value));

/** The value of a colour of the stylesheet in the theme of this moment. */
function colour(holder, value) {
  const probe = holder.appendChild(document.createElement("i"));
  probe.style.color = value;
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** What a part of a bar is filled with: the colour and the pattern of its swatch in the legend. */
function paint(holder, swatch, ground) {
  const styles = getComputedStyle(swatch);
  const ink = colour(holder, styles.getPropertyValue("--paint"));
  const pattern = styles.getPropertyValue("--pattern").trim();
  if (pattern === "solid") return ink;
  const scale = devicePixelRatio || 1;
  const size = Math.round((pattern === "dots" ? 5 : 6) * scale);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const brush = tile.getContext("2d");
  brush.fillStyle = ink;
  brush.fillRect(0, 0, size, size);
  brush.fillStyle = brush.strokeStyle = ground;
  brush.lineWidth = 1.5 * scale;
  brush.beginPath();
  if (pattern === "dots") brush.arc(size / 2, size / 2, 1.1 * scale, 0, 7);
  else if (pattern === "lines") brush.rect(0, 0, size, 2 * scale);
  else for (const shift of [-size, 0, size]) brush.moveTo(shift - 1, size + 1), brush.lineTo(shift + size + 1, -1);
  if (pattern === "diagonal") brush.stroke();
  else brush.fill();
  return brush.createPattern(tile, "repeat");
}

/** Which bars have their time written below them: as many as there is room for, at round hours. */
function labelled({ bars, by }, width) {
  const room = Math.max(1, Math.floor(width / LABEL_WIDTH));
  const step = STEPS[by].find((count) => bars.length / count <= room) ?? STEPS[by].at(-1);
  const places = bars.map((_, place) => place);
  if (by === "hour" && bars.length / step > room) { // a week
    const nights = places.filter((place) => !bars[place].at.getHours());
    const each = Math.ceil(nights.length / room);
    return nights.filter((_, count) => (nights.length - 1 - count) % each === 0);
  }
  const round = { minute: (place) => bars[place].at.getMinutes(), hour: (place) => bars[place].at.getHours(), day: (place) => bars.length - 1 - place };
  return places.filter((place) => round[by](place) % step === 0);
}

function timeBelow({ bars, by }, place) {
  const at = bars[place]?.at;
  if (!at) return "";
  if (by === "day") return DAY.format(at);
  return by === "minute" || at.getHours() ? CLOCK.format(at) : NIGHT.format(at);
}

/** What is said of the bar under the pointer. */
function tell(tip, { series, bars, by, unit }, place) {
  const { at, counts, texts } = bars[place];
  const head = document.createElement("strong");
  head.textContent = (by === "day" ? WEEKDAY : HOUR).format(at);
  const list = document.createElement("ul");
  const said = series.map((part, number) => ({ ...part, count: counts[number], text: texts[number] })).filter((part) => (unit ? part.count !== null : part.count));
  for (const part of said.length ? said : [{ label: "Nothing", count: 0 }]) {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    const number = document.createElement("span");
    swatch.className = part.paint ? `swatch ${part.paint}` : "";
    number.className = "num";
    number.textContent = unit && part.text ? part.text : part.count ? WHOLE.format(part.count) : "";
    item.append(swatch, part.label, number);
    list.append(item);
  }
  tip.replaceChildren(head, list);
}

/** Bars in front of each other, the whole ones at the back, look stacked. */
function stacked({ series, bars, unit }) {
  if (unit) return [bars.map((_, place) => place), bars.map(({ counts }) => counts[0])];
  const upTo = series.map((_, place) => bars.map(({ counts }) => counts.slice(0, place + 1).reduce((sum, count) => sum + count, 0)));
  return [bars.map((_, place) => place), ...upTo.reverse()];
}

/** A line with its points, as a share of 100 or as seconds. */
function line(shown, paints) {
  const few = shown.bars.length <= 62;
  return {
    stroke: () => paints.parts[0],
    width: 2,
    spanGaps: true,
    points: { show: (_plot, _series, from, to) => few || to - from < 2, size: 5, fill: () => paints.parts[0], stroke: () => paints.parts[0] },
  };
}

function options(holder, shown, paints, tip) {
  const isLine = Boolean(shown.unit);
  const axis = { font: `12px ${getComputedStyle(holder).fontFamily}`, stroke: () => paints.text, ticks: { show: false } };
  return {
    width: holder.clientWidth,
    height: isLine ? LOW : HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: [-0.6, shown.bars.length - 0.4] },
      y: { range: (_plot, _low, high) => [0, isLine ? Math.max(shown.most, shown.unit === "%" ? 0 : high * 1.08) : Math.max(4, high * 1.08)] },
    },
    axes: [
      { ...axis, size: 28, grid: { show: false }, splits: (plot) => labelled(shown, plot.bbox.width / devicePixelRatio), values: (_plot, places) => places.map((place) => timeBelow(shown, place)) },
      { ...axis, size: 44, space: 44, incrs: [1, 2, 5].flatMap((one) => Array.from({ length: 9 }, (_, zeros) => one * 10 ** zeros)).sort((one, other) => one - other), grid: { stroke: () => paints.line, width: 1 }, values: (_plot, counts) => counts.map((count) => `${SHORT.format(count)}${isLine ? ` ${shown.unit}` : ""}`) },
    ],
    series: [{}, ...shown.series.map((_, place) => (isLine ? line(shown, paints) : {
      fill: () => paints.parts[shown.series.length - 1 - place],
      stroke: () => paints.ground,
      width: 1,
      points: { show: false },
      paths: uPlot.paths.bars({ size: [0.82, 40] }),
    }))],
    hooks: {
      // The line around a bar parts it from the others, and would leave nothing of a thin one.
      drawClear: [(plot) => isLine || plot.series.slice(1).forEach((part) => { part.width = Number(plot.bbox.width / devicePixelRatio / shown.bars.length >= THIN); })],
      setCursor: [(plot) => {
        const place = plot.cursor.idx;
        tip.hidden = place === null || place === undefined || plot.cursor.left < 0;
        if (tip.hidden) return;
        tell(tip, shown, place);
        const left = plot.over.offsetLeft + plot.valToPos(place, "x");
        const isRight = left > holder.clientWidth / 2;
        tip.style.left = `${Math.round(isRight ? Math.max(0, left - tip.offsetWidth - 14) : left + 14)}px`;
      }],
    },
  };
}

function draw(holder) {
  const table = document.getElementById(holder.dataset.plotOf);
  if (!table || drawn.has(holder)) return;
  const shown = read(table);
  const legend = holder.parentElement.querySelector(".legend");
  const paints = {};
  const mix = () => {
    paints.ground = colour(holder, "var(--surface)");
    paints.text = colour(holder, "var(--text-2)");
    paints.line = colour(holder, "var(--line)");
    paints.parts = shown.unit
      ? [colour(holder, "var(--accent)")]
      : shown.series.map((part) => paint(holder, legend.querySelector(`.swatch.${part.paint}`), paints.ground));
  };
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  mix();
  const plot = new uPlot(options(holder, shown, paints, tip), stacked(shown), holder);
  holder.append(tip);
  holder.repaint = () => { mix(); plot.redraw(false, true); };
  new ResizeObserver(() => holder.clientWidth && plot.setSize({ width: holder.clientWidth, height: shown.unit ? LOW : HEIGHT })).observe(holder);
  drawn.add(holder);
  holder.dataset.drawn = shown.by;
}

function repaint() {
  for (const holder of drawn) holder.isConnected ? holder.repaint() : drawn.delete(holder);
}

const drawAll = (root) => root.querySelectorAll("[data-plot-of]").forEach(draw);
drawAll(document);
// What asks for itself again and again ([data-live]) rests while nobody sees it, and while a table in it is read.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target } = event;
  if (target.matches("[data-live]") && (document.hidden || target.querySelector("details[open]"))) event.preventDefault();
});
document.addEventListener("htmx:load", ({ target }) => drawAll(target));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
