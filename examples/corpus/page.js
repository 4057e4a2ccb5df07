const unit = data.unit;
const visible = (text) => text.replace(/\n/g, "↵").replace(/ /g, "␣");

function tile(name, value, ofUnit, beside) {
  return make("div", { className: "tile" }, make("div", { className: "name", textContent: name }),
    make("div", { className: "value" }, rich(value), make("small", { textContent: ofUnit })),
    make("div", { className: "beside", textContent: beside }));
}

/* The longest context whose n-grams were mostly seen before. */
const trusted = data.orders.filter((order) => !order.biased);
const last = trusted[trusted.length - 1] || data.orders[0];

function showSummary() {
  document.title = "lm_corpus on " + data.title;
  element("title").textContent = `How much information is in ${data.title}`;
  element("lede").textContent =
    `${data.bytes.toLocaleString("en")} bytes, ${data.tokens.toLocaleString("en")} ${unit}s, ` +
    `${data.alphabet.toLocaleString("en")} different ones.`;
  const best = Math.min(...data.codes.map((code) => code.bitsPerByte));
  element("tiles").append(
    tile(`One ${unit} alone`, data.orders[0].rates[1], "bit", "without looking back"),
    tile(`After ${last.n - 1} others`, last.rates[1], "bit", `${(100 * last.coverage).toFixed(1)} % of the ${last.n}-grams seen`),
    tile("The context tells", data.orders[0].rates[1] - last.rates[1], "bit", "of the next one"),
    tile("The best code", best, "bit", "per byte"));
}

function drawRates() {
  const first = data.orders.find((order) => order.biased);
  element("rates-note").textContent =
    "Every text ends at 0 bits: long blocks occur once, and what occurs once seems certain. The estimators correct for what was not seen; " +
    (first ? `from n = ${first.n} on less than half of the distribution was seen, and none can be believed.` : "all blocks here are well covered.");
  const colors = ["untrained", "model", "second", "accent"];
  draw("rates", "line", {
    datasets: data.estimators.map((name, e) => line(name, data.orders.map((order) => ({ x: order.n - 1, y: order.rates[e] })),
      css(colors[e]) || css("ink"), { pointRadius: 3 })),
  }, axis(`${unit}s before`, { type: "linear", ticks: { stepSize: 1, color: css("faint") } }), axis("bits", { beginAtZero: true }), {
    callbacks: { title: () => "", label: ({ raw, dataset }) => ` ${dataset.label}: ${number(raw.y)} bit after ${raw.x}` },
  });
}

function drawDistance() {
  const points = data.distances.filter((p) => p.information > 0).map((p) => ({ x: p.distance, y: p.information }));
  const sets = [line("measured", points, css("model"), { pointRadius: 3 })];
  if (data.law && points.length) {
    const at = (x) => ({ x, y: data.law.factor * x ** -data.law.exponent });
    sets.push(line("power law", [at(points[0].x), at(points[points.length - 1].x)], css("untrained"), { borderDash: [5, 5], pointRadius: 0 }));
  }
  element("distance-note").textContent = `Mutual information of two ${unit}s so far apart, less what is left of it in a shuffled text, which is bias.` +
    (data.law ? ` It falls about as the distance to the power −${number(data.law.exponent, 3)} (${number(data.law.low, 3)} to ${number(data.law.high, 3)}).` : "");
  draw("distance", "line", { datasets: sets }, axis("distance", { type: "logarithmic" }), axis("bits", { type: "logarithmic" }), {
    callbacks: { title: () => "", label: ({ raw }) => ` ${number(raw.y)} bit at ${number(raw.x)}` },
  }, { interaction: { mode: "nearest", intersect: false } });
}

const cell = (value) => make("td", {}, typeof value === "string" ? value : rich(value));
const heads = (...names) => make("thead", {}, make("tr", {}, ...names.map((name) => make("th", { textContent: name }))));

function showTables() {
  const rows = Math.max(data.informative.length, data.associated.length);
  element("pairs").replaceChildren(heads("tell most", "count", "bits", "belong together", "count", "NPMI"),
    make("tbody", {}, ...Array.from({ length: rows }, (_, i) => {
      const a = data.informative[i], b = data.associated[i];
      return make("tr", {}, cell(a ? visible(a.text) : ""), cell(a ? a.count.toLocaleString("en") : ""), cell(a ? a.pmi : ""),
        cell(b ? visible(b.text) : ""), cell(b ? b.count.toLocaleString("en") : ""), cell(b ? b.npmi : ""));
    })));
  element("codes").replaceChildren(heads("", "bits per byte"),
    make("tbody", {}, ...data.codes.map((code) => make("tr", {}, cell(code.name), cell(code.bitsPerByte)))));
}

function paint() {
  Chart.defaults.font.family = css("sans");
  Chart.defaults.font.size = 12;
  drawRates();
  drawDistance();
}

showSummary();
showTables();
element("footer").append(make("p", { textContent: `Computed by libinfo ${data.libinfo}. Information is in bits.` }));
paint();
dark.addEventListener("change", paint);
