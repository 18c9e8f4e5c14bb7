// Comfort only: the page is complete without it. Tables sort by a click on a heading; a pointer or the arrow keys
// on a chart show its values at that place, and those of all charts that are stacked with it.
"use strict";

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(table, headings, column));
  });
}

function sort(table, headings, column) {
  const numeric = headings[column].classList.contains("number");
  const before = headings[column].getAttribute("aria-sort");
  const descending = before ? before === "ascending" : numeric;
  headings.forEach((heading) => heading.removeAttribute("aria-sort"));
  headings[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  const value = (row) => row.cells[column].dataset.value;
  const order = numeric
    ? (a, b) => (parseFloat(value(a)) || 0) - (parseFloat(value(b)) || 0)
    : (a, b) => value(a).localeCompare(value(b));
  const rows = [...table.tBodies[0].rows].sort((a, b) => (descending ? order(b, a) : order(a, b)));
  table.tBodies[0].append(...rows);
}

for (const group of document.querySelectorAll(".stack, figure.chart")) {
  if (!group.matches(".stack figure.chart")) crosshair(group);
}

function crosshair(group) {
  const figures = group.matches(".stack") ? group.querySelectorAll("figure.chart") : [group];
  const charts = [...figures].filter((figure) => figure.querySelector(".points")).map(chartOf);
  if (!charts.length) return;
  const axis = charts[0].axis;

  let shown = 0;
  const show = (fraction) => {
    shown = Math.min(Math.max(fraction, 0), 1);
    const x = placeAt(axis, shown);
    for (const chart of charts) {
      const box = chart.axes.getBoundingClientRect();
      const left = box.left - chart.plot.getBoundingClientRect().left;
      chart.cursor.style.left = `${left + shown * box.width}px`;
      chart.cursor.dataset.place = told(axis, x);
      chart.cursor.hidden = false;
      chart.figures.forEach((figure, number) => {
        const point = nearest(chart.lines[number], axis, shown);
        figure.node.textContent = point ? point.name + spoken(point.y, chart.unit) : "–";
      });
    }
  };
  const hide = () => {
    for (const chart of charts) {
      chart.cursor.hidden = true;
      chart.figures.forEach((figure) => { figure.node.textContent = figure.text; });
    }
  };

  group.addEventListener("pointermove", (event) => {
    const chart = charts.find(({ plot }) => plot.contains(event.target));
    if (!chart) return hide();
    const box = chart.axes.getBoundingClientRect();
    show((event.clientX - box.left) / box.width);
  });
  group.addEventListener("pointerleave", hide);

  group.tabIndex = 0;
  group.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    show(shown + step / (axis.kind === "names" ? axis.names.length : 100));
  });
  group.addEventListener("blur", hide);
}

function chartOf(figure) {
  const { axis, lines } = JSON.parse(figure.querySelector(".points").textContent);
  const plot = figure.querySelector(".plot");
  const cursor = Object.assign(document.createElement("div"), { className: "cursor", hidden: true });
  const figures = [...figure.querySelectorAll(".legend .figure")].map((node) => ({ node, text: node.textContent }));
  return { plot, axis, lines, figures, axes: plot.querySelector(".axes"), unit: figure.dataset.unit, cursor: plot.appendChild(cursor) };
}

// Fractions are of the axis' length as it is drawn, whatever its scale.
function fractionOf(axis, x) {
  const scale = axis.logarithmic ? Math.log : (value) => value;
  return (scale(x) - scale(axis.start)) / (scale(axis.end) - scale(axis.start));
}

function placeAt(axis, fraction) {
  return axis.logarithmic
    ? axis.start * (axis.end / axis.start) ** fraction
    : axis.start + fraction * (axis.end - axis.start);
}

function nearest(line, axis, fraction) {
  let best = null;
  let distance = 0.05;
  line.x.forEach((x, place) => {
    const away = Math.abs(fractionOf(axis, x) - fraction);
    if (away >= distance) return;
    distance = away;
    const named = line.names[place];
    best = line.y[place] === null ? null : { y: line.y[place], name: named ? `${named}: ` : "" };
  });
  return best;
}

function told(axis, x) {
  if (axis.kind === "clock") return clock(x);
  if (axis.kind === "names") return axis.names[Math.min(Math.max(Math.round(x), 0), axis.names.length - 1)] ?? "";
  if (axis.kind === "percentile") return `p${Number((100 * (1 - 1 / x)).toPrecision(6))}`;
  return spoken(x, axis.unit);
}

function clock(second) {
  const whole = Math.round(second);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

function spoken(value, unit) {
  const digits = (number) => (Math.abs(number) >= 100 ? Math.round(number) : Number(number.toPrecision(3))).toLocaleString("en").replaceAll(",", "\u202f").replace("-", "\u2212");
  if (unit === "ms") return value >= 1000 ? `${digits(value / 1000)}\u202fs` : `${digits(value)}\u202fms`;
  if (unit === "ratio") return `${Number((value * 100).toPrecision(4))}\u202f%`;
  if (unit === "bytes") return bytes(value, digits);
  if (unit === "1/s") return `${digits(value)}/s`;
  return unit === "count" ? digits(value) : `${digits(value)}\u202f${unit}`;
}

function bytes(value, digits) {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(Math.max(Math.floor(Math.log2(Math.max(Math.abs(value), 1)) / 10), 0), names.length - 1);
  return `${digits(value / 1024 ** step)}\u202f${names[step]}`;
}
