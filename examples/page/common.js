"use strict";

/* What the pages of all programs share; page.js of each comes after it. */

const data = JSON.parse(document.getElementById("data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

/* ---- Small helpers ------------------------------------------------------------- */

const element = (id) => document.getElementById(id);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child != null));
  return made;
}

/* Four significant digits; powers of ten where the number is far from 1. */
function number(x, digits = 4) {
  if (x == null) return "–";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) return x.toExponential(digits - 1).replace("e", "·10^").replace("+", "").replace("-", "−");
  return size >= 1e4 ? x.toFixed(0) : x.toPrecision(digits).replace("-", "−");
}

/* The same with a real superscript for the power of ten. */
function rich(x, digits = 4) {
  const [factor, power] = number(x, digits).split("^");
  return make("span", { className: "number" }, factor, power ? make("sup", { textContent: power }) : null);
}

/* ---- Charts --------------------------------------------------------------------------- */

const charts = {};

function axis(title, more = {}) {
  return {
    grid: { color: css("line"), drawBorder: false, tickLength: 4 },
    ticks: { color: css("faint"), maxRotation: 0, autoSkipPadding: 16 },
    title: { display: true, text: title, color: css("soft") },
    ...more,
  };
}

function draw(id, type, chartData, x, y, tooltip = {}, more = {}) {
  if (charts[id]) charts[id].destroy();
  charts[id] = new Chart(element(id), {
    type,
    data: chartData,
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: { x, y },
      plugins: {
        legend: { display: chartData.datasets.length > 1, position: "top", align: "end", labels: { color: css("soft"), boxWidth: 18, boxHeight: 2, padding: 14, sort: (a, b) => a.datasetIndex - b.datasetIndex } },
        tooltip: { backgroundColor: css("ink"), titleColor: css("paper"), bodyColor: css("paper"), padding: 10, ...tooltip },
      },
      ...more,
    },
  });
}

function line(label, values, color, more = {}) {
  return { label, data: values, borderColor: color, backgroundColor: color, borderWidth: 2, pointRadius: 0,
    pointHitRadius: 8, ...more };
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function power(exponent) {
  if (exponent === 0) return "1";
  return "10" + (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((d) => superscripts[d]).join("");
}
