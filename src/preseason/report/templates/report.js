// Comfort only: the page is complete without it. Tables sort by a click on a heading; a pointer or the arrow keys
// on a chart of the stack show the values of all of them at that moment.
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

const stack = document.querySelector(".stack");
const source = document.getElementById("points");
if (stack && source) crosshair(stack, JSON.parse(source.textContent));

function crosshair(stack, points) {
  const length = parseFloat(stack.dataset.length);
  const charts = [...stack.querySelectorAll("figure.chart")]
    .filter((chart) => chart.querySelector(".plot"))
    .map((chart) => ({
      plot: chart.querySelector(".plot"),
      axes: chart.querySelector(".axes"),
      unit: chart.dataset.unit,
      lines: points[chart.id],
      figures: [...chart.querySelectorAll(".legend .figure")].map((node) => ({ node, text: node.textContent })),
      cursor: chart.querySelector(".plot").appendChild(Object.assign(document.createElement("div"), { className: "cursor", hidden: true })),
    }));

  let shown = 0;
  const show = (second) => {
    shown = second;
    for (const chart of charts) {
      const box = chart.axes.getBoundingClientRect();
      const left = box.left - chart.plot.getBoundingClientRect().left;
      chart.cursor.style.left = `${left + (second / length) * box.width}px`;
      chart.cursor.dataset.clock = clock(second);
      chart.cursor.hidden = false;
      chart.figures.forEach((figure, line) => {
        figure.node.textContent = spoken(nearest(chart.lines[line], second, length), chart.unit);
      });
    }
  };
  const hide = () => {
    for (const chart of charts) {
      chart.cursor.hidden = true;
      chart.figures.forEach((figure) => { figure.node.textContent = figure.text; });
    }
  };

  stack.addEventListener("pointermove", (event) => {
    const chart = charts.find(({ plot }) => plot.contains(event.target));
    if (!chart) return hide();
    const box = chart.axes.getBoundingClientRect();
    show(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * length);
  });
  stack.addEventListener("pointerleave", hide);

  stack.tabIndex = 0;
  stack.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    show(Math.min(Math.max(shown + (step * length) / 100, 0), length));
  });
  stack.addEventListener("blur", hide);
}

function nearest(line, second, length) {
  let best = null;
  let distance = length / 20;
  line.x.forEach((x, index) => {
    if (Math.abs(x - second) < distance) [best, distance] = [line.y[index], Math.abs(x - second)];
  });
  return best;
}

function clock(second) {
  const whole = Math.round(second);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

function spoken(value, unit) {
  if (value === null) return "–";
  const digits = (number) => (Math.abs(number) >= 100 ? Math.round(number) : Number(number.toPrecision(3))).toLocaleString("en").replaceAll(",", "\u202f");
  if (unit === "ms") return value >= 1000 ? `${digits(value / 1000)}\u202fs` : `${digits(value)}\u202fms`;
  if (unit === "ratio") return `${digits(value * 100)}\u202f%`;
  return digits(value) + (unit === "1/s" ? "/s" : "");
}
