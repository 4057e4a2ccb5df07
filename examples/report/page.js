const { text, models, comparisons, tokens } = data;
const roles = ["model", "untrained", "second"].filter((role) => models[role]);
const count = tokens.entropy.length;
const pieces = tokens.text || tokens.entropy.map((_, i) => ` ${i + 1} `);

const visible = (piece) => piece.replace(/\n/g, "↵").replace(/ /g, "␣") || "(nothing)";

/* ---- Title and summary ---------------------------------------------------------- */

function showTitle() {
  const m = models.model;
  document.title = m.name + " on " + text.title;
  element("title").textContent = m.name + " reads " + text.title;
  const twin = models.untrained ? ` Before training it was ${number(models.untrained.nll)} nat.` : "";
  const size = text.bytes ? `${text.tokens} tokens, ${text.bytes} bytes` : `${text.tokens} tokens`;
  element("lede").textContent =
    `${size}. A token surprises the model by ${number(m.nll)} nat on average; ` +
    `it expected ${number(m.entropy)}.${twin}`;
}

function tile(name, value, unit, beside) {
  const shown = make("div", { className: "value" }, rich(value, Math.abs(value) < 1e-3 ? 3 : 4), unit ? make("small", { textContent: unit }) : null);
  return make("div", { className: "tile" }, make("div", { className: "name", textContent: name }), shown,
    make("div", { className: "beside", textContent: beside || " " }));
}

function showTiles() {
  const m = models.model, u = models.untrained, s = models.second;
  const last = (model) => model && model.effective_rank && model.effective_rank[model.effective_rank.length - 1];
  const tiles = [tile("Perplexity", m.perplexity, "", u && "untrained " + number(u.perplexity))];
  if (m.bits_per_byte != null)
    tiles.push(tile("Bits per byte", m.bits_per_byte, "bit", u && "untrained " + number(u.bits_per_byte)));
  tiles.push(tile("Token entropy", m.entropy, "nat", "varentropy " + number(m.varentropy)));
  if (last(m)) tiles.push(tile("Effective rank", last(m), "", u && last(u) ? "untrained " + number(last(u)) : ""));
  if (data.diff_effective_rank)
    tiles.push(tile("Diff-eRank", data.diff_effective_rank.of_mean_entropy, "", "untrained − trained"));
  if (s) tiles.push(tile("KL to the second", comparisons.second.kl, "nat", s.name));
  element("tiles").append(...tiles);
}

/* ---- The text --------------------------------------------------------------------- */

const spans = [];

const colorings = [
  { key: "surprisal", label: "Surprisal", values: tokens.surprisal,
    note: "How surprised the model was by each token: −log of the probability it gave it." },
  { key: "entropy", label: "Entropy", values: tokens.entropy,
    note: "How open the model thought each token was before it came: the entropy of its prediction." },
  { key: "excess", label: "Beyond expectation", diverging: true,
    values: tokens.surprisal.map((s, i) => (s == null ? null : s - tokens.entropy[i])),
    note: "Surprisal minus entropy: orange tokens surprised more than the model expected, blue ones less." },
];
if (tokens.kl_second)
  colorings.push({ key: "kl", label: "KL to the second", values: tokens.kl_second,
    note: "Where the second model's prediction differs from the first one's." });

/* The largest value that a color stands for: few tokens lie beyond it. */
function colorLimit(values) {
  const sorted = values.filter((x) => x != null).map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.floor(0.98 * (sorted.length - 1))] || 1;
}

function color(share, diverging) {
  const strength = Math.min(Math.abs(share), 1) * 0.78;
  return `rgba(${css(diverging && share < 0 ? "cool" : "warm")}, ${strength.toFixed(3)})`;
}

function colorText(coloring) {
  const { values, diverging, note, key } = coloring;
  const limit = colorLimit(values);
  spans.forEach((span, i) => {
    span.style.background = values[i] == null ? "none" : color(values[i] / limit, diverging);
  });
  element("coloring-note").textContent = note;
  for (const button of element("coloring").children)
    button.setAttribute("aria-checked", String(button.value === key));

  const stops = diverging ? [-1, 0, 1] : [0, 1];
  const scale = make("div", { className: "scale" });
  scale.style.background = `linear-gradient(to right, ${stops.map((s) => color(s, diverging)).join(", ")})`;
  element("legend").replaceChildren(rich(diverging ? -limit : 0), scale, rich(limit), make("span", { textContent: "nat" }));
}

function showText() {
  const holder = element("text");
  pieces.forEach((piece, i) => {
    const span = make("span", { textContent: piece });
    span.addEventListener("mouseenter", (event) => { showTip(i, event); pointAt(i); });
    span.addEventListener("mousemove", placeTip);
    span.addEventListener("mouseleave", () => { hideTip(); pointAt(null); });
    spans.push(span);
    holder.append(span);
  });
  if (text.tokens > count)
    holder.append(make("p", { className: "more",
      textContent: `The first ${count} of ${text.tokens} tokens are shown; all count in the numbers.` }));

  for (const coloring of colorings) {
    const button = make("button", { type: "button", value: coloring.key, textContent: coloring.label });
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => { current = coloring; colorText(coloring); });
    element("coloring").append(button);
  }
}

let current = colorings[0];

function showTip(i, event) {
  const rows = [
    ["surprisal", tokens.surprisal[i], "nat"],
    ["probability", tokens.surprisal[i] == null ? null : Math.exp(-tokens.surprisal[i]), ""],
    ["entropy", tokens.entropy[i], "nat"],
    ["varentropy", tokens.varentropy[i], "nat²"],
  ];
  if (tokens.kl_second) rows.push(["KL to the second", tokens.kl_second[i], "nat"]);
  const list = make("dl");
  for (const [name, value, unit] of rows)
    list.append(make("dt", { textContent: name }), make("dd", {}, rich(value), unit ? " " + unit : ""));
  element("tip").replaceChildren(make("b", { textContent: visible(pieces[i]) }), list);
  element("tip").hidden = false;
  placeTip(event);
}

function placeTip(event) {
  const tip = element("tip");
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 18;
  const fits = below + tip.offsetHeight < innerHeight;
  tip.style.left = left + "px";
  tip.style.top = (fits ? below : event.clientY - tip.offsetHeight - 12) + "px";
}

function hideTip() {
  element("tip").hidden = true;
}

const roleLine = (role, values, more = {}) =>
  line(models[role].name, values, css(role), { borderDash: role === "second" ? [5, 5] : [], order: -roles.indexOf(role), ...more });

/* Mean over the tokens around each one, to see the trend under the noise. */
function smooth(values, reach) {
  return values.map((_, i) => mean(values.slice(Math.max(0, i - reach), i + reach + 1).filter((x) => x != null)));
}

function drawAlong() {
  const reach = Math.max(3, Math.round(count / 60));
  const step = [10, 20, 25, 50, 100, 250, 500, 1000].find((x) => count / x <= 14) || 2500;
  draw("along", "line", {
    labels: pieces.map((_, i) => i + 1),
    datasets: [
      line("entropy", tokens.entropy, css("model") + "55", { borderWidth: 0, backgroundColor: css("model") + "30", fill: "origin" }),
      line("entropy, smoothed", smooth(tokens.entropy, reach), css("model"), { borderWidth: 2.5 }),
      line("surprisal, smoothed", smooth(tokens.surprisal, reach), `rgb(${css("warm")})`, { borderWidth: 2.5 }),
      { label: "surprisal", data: tokens.surprisal, type: "scatter", backgroundColor: `rgba(${css("warm")}, .55)`,
        borderColor: "transparent", pointRadius: 2, pointHoverRadius: 6 },
    ],
  }, axis("token", {
    ticks: { color: css("faint"), autoSkip: false, maxRotation: 0, callback: (i) => ((i + 1) % step ? null : i + 1) },
    grid: { display: false },
  }), axis("nat", { beginAtZero: true, grace: "4%" }), {
    callbacks: {
      title: ([item]) => item && context(item.dataIndex),
      label: (item) => ` ${item.dataset.label}  ${number(item.raw)}`,
    },
  }, {
    onHover: (_, active) => underline(active.length ? active[0].index : null),
  });
  charts.along.canvas.onmouseleave = () => underline(null);
}

/* A token between its neighbors. */
function context(i) {
  const before = pieces.slice(Math.max(0, i - 6), i).join(""), after = pieces.slice(i + 1, i + 4).join("");
  return `…${before}[${pieces[i]}]${after}…`.replace(/\n/g, "↵");
}

let underlined = null;

function underline(i) {
  if (underlined != null) spans[underlined].classList.remove("on");
  underlined = i;
  if (i != null) spans[i].classList.add("on");
}

/* Marks a token of the text in the chart. */
function pointAt(i) {
  const points = i == null ? [] : [{ datasetIndex: 0, index: i }, { datasetIndex: 3, index: i }];
  charts.along.setActiveElements(points);
  charts.along.update("none");
}

function drawRanks() {
  const shown = roles.filter((role) => models[role].effective_rank);
  if (!shown.length) return element("ranks").closest("section").remove();
  const [trained, untrained] = ["model", "untrained"].map((role) => models[role] && (models[role].effective_rank || []).at(-1));
  if (trained != null && untrained != null)
    element("ranks-note").textContent = `After the last layer the untrained twin has ${number(untrained)} of them, the model ` +
      `${number(trained)}: training ${trained < untrained ? "gathered" : "spread"} them. The difference is Diff-eRank.`;
  draw("ranks", "line", {
    labels: models.model.states,
    datasets: shown.map((role) => roleLine(role, models[role].effective_rank, { pointRadius: role === "second" ? 0 : 3 })),
  }, axis("layer", {
    ticks: { color: css("faint"), maxRotation: 0, autoSkipPadding: 8, callback(i) { return this.getLabelForValue(i).replace("layer ", ""); } },
  }), axis("effective rank", { beginAtZero: true, grace: "5%" }), {
    callbacks: { label: (item) => ` ${item.dataset.label}  ${number(item.raw)}` },
  });
}

function drawSpectrum() {
  const shown = roles.filter((role) => (models[role].spectrum || []).length);
  if (!shown.length) return element("spectrum").closest("section").remove();
  const longest = Math.max(...shown.map((role) => models[role].spectrum.length));
  /* Below this share a direction is rounding, as where there are no more tokens than directions. */
  const least = 4 * longest * 2 ** -52;
  draw("spectrum", "line", {
    labels: Array.from({ length: longest }, (_, i) => i + 1),
    datasets: shown.map((role) => roleLine(role, models[role].spectrum.map((x) => (x > least ? x : null)))),
  }, axis("direction"), axis("share of the variance", {
    type: "logarithmic",
    ticks: { color: css("faint"), callback: (x) => (Number.isInteger(Math.log10(x)) ? power(Math.log10(x)) : null) },
  }), {
    callbacks: {
      title: ([item]) => item && "direction " + item.label,
      label: (item) => ` ${item.dataset.label}  ${number(item.raw)}`,
    },
  });
}

/* ---- Attention ------------------------------------------------------------------------------ */

function showAttention() {
  const layers = models.model.attention_entropy;
  if (!layers) return element("attention-section").remove();
  const largest = Math.max(...layers.flat()), heads = layers[0].length;
  const map = make("div", { className: heads > 8 ? "map many" : "map" });
  map.style.gridTemplateColumns = `var(--row) repeat(${heads}, minmax(0, 1fr)) var(--mean)`;
  const cell = (name, content) => make("div", { className: "cell " + name, textContent: content });

  map.append(cell("head", ""));
  for (let h = 0; h < heads; h++) map.append(make("div", { className: "cell head" }, make("span", { className: "word", textContent: heads <= 16 ? "head\u00a0" : "" }), String(h + 1)));
  map.append(cell("head", "mean"));
  layers.forEach((row, l) => {
    map.append(cell("row", "layer " + (l + 1)));
    row.forEach((value, h) => {
      const made = cell("", heads <= 16 ? value.toFixed(2) : "");
      const share = value / largest;
      made.style.background = `rgba(${css("heat")}, ${(0.06 + 0.84 * share).toFixed(3)})`;
      made.style.color = share > (dark.matches ? 0.7 : 0.82) ? css("card") : css("ink");
      made.title = `layer ${l + 1}, head ${h + 1}: ${number(value)} nat`;
      map.append(made);
    });
    map.append(cell("mean", mean(row).toFixed(2)));
  });
  element("attention").replaceChildren(map);
}

/* ---- Tables ----------------------------------------------------------------------------------- */

function fillTable(table, head, rows) {
  table.replaceChildren(
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { textContent: name })))),
    make("tbody", {}, ...rows.map(([name, unit, ...values]) => make("tr", {},
      make("td", {}, name + " ", make("small", { textContent: unit })),
      ...values.map((value) => make("td", {}, rich(value)))))));
}

function showNumbers() {
  const row = (name, unit, key) => [name, unit, ...roles.map((role) => models[role][key])];
  const rows = [
    row("Negative log-likelihood", "nat per token", "nll"), row("Perplexity", "", "perplexity"),
    row("Bits per byte", "bit", "bits_per_byte"), row("Most likely token was right", "share", "top1_accuracy"),
    row("Token entropy", "nat", "entropy"), row("Token varentropy", "nat²", "varentropy"),
  ];
  for (let i = 0; models.model.states && i < models.model.states.length; i++)
    rows.push(["Effective rank", models.model.states[i], ...roles.map((role) => (models[role].effective_rank || [])[i])]);
  if (models.model.effective_rank) rows.push(row("Effective rank", models.model.states.at(-1) + ", mean left in", "effective_rank_uncentered"));
  for (let l = 0; models.model.attention_entropy && l < models.model.attention_entropy.length; l++)
    rows.push(["Attention entropy", `layer ${l + 1}, nat`,
      ...roles.map((role) => models[role].attention_entropy && mean(models[role].attention_entropy[l]))]);
  fillTable(element("numbers"), ["", ...roles.map((role) => models[role].name)], rows);

  const others = roles.filter((role) => role !== "model");
  if (!others.length) return;
  const compare = (name, unit, key) => [name, unit, ...others.map((role) => comparisons[role][key])];
  fillTable(element("comparisons"), [`${models.model.name} (P) against Q`, ...others.map((role) => models[role].name)], [
    compare("KL(P‖Q)", "nat per token", "kl"), compare("KL(Q‖P)", "nat per token", "kl_reversed"),
    compare("Jensen–Shannon", "nat per token", "js"), compare("Same most likely token", "share", "same_top1"),
  ]);
}

function showFooter() {
  const made = [`Computed by libinfo ${data.libinfo}. Logarithms are natural where no unit says otherwise.`];
  if (text.windows > 1)
    made.push(`The text was read in ${text.windows} windows of the model's context; effective ranks and attention are means over the full ones.`);
  if (data.seed != null) made.push(`Untrained twin: same shape, random weights from seed ${data.seed}.`);
  element("footer").append(...made.map((line) => make("p", { textContent: line })));
}

/* ---- All of it, again when the theme changes ------------------------------------------------------ */

function paint() {
  Chart.defaults.font.family = css("sans");
  Chart.defaults.font.size = 12;
  colorText(current);
  drawAlong();
  drawRanks();
  drawSpectrum();
  showAttention();
}

showTitle();
showTiles();
showText();
showNumbers();
showFooter();
paint();
dark.addEventListener("change", paint);
