const { about, bridge, claims, layers, lengths, seeds, gains, sentences, selections, family } = data;

const count = (n, what) => `${n || "no"} ${what}${n === 1 ? "" : "s"}`;

/* ---- Title and claims ----------------------------------------------------------- */

function showTitle() {
  document.title = about.model + ": entropy and geometry";
  element("title").textContent = "The geometry of " + about.model;
  const size = about.parameters ? `${(about.parameters / 1000).toFixed(0)} thousand parameters, ` : "";
  element("lede").textContent =
    `${size}${about.layers} layers, width ${about.dim}; ` +
    `${count(about.windows, "window")} of ${about.length} tokens from ${about.texts.join(", ")}; ` +
    `${count(about.seeds, "untrained twin")}.`;
  element("footer").textContent = `libinfo ${about.library}. Numbers: study.json.`;
}

function showClaims() {
  const classes = { agrees: "agrees", "does not": "against" };
  element("claims").replaceChildren(
    make("thead", {}, make("tr", {}, ...["Claim", "Found", "Here"].map((name) => make("th", { textContent: name })))),
    make("tbody", {}, ...claims.map((row) => make("tr", {},
      make("td", {}, row.claim, make("small", { textContent: `${row.source}. Judged by: ${row.rule}` })),
      make("td", { textContent: row.found }),
      make("td", { className: classes[row.verdict] || "", textContent: row.verdict })))));
  element("left-out-list").replaceChildren(...about.left_out.map((text) => make("li", { textContent: text })));
  if (!about.left_out.length) element("left-out").remove();
}

/* What was not measured has no place on the page. */
function dropSections() {
  const known = { seeds, correlations: gains.correlation, overlaps: selections, spread: selections, family,
    separations: sentences.separation[0] };
  for (const [id, what] of Object.entries(known)) if (what == null) element(id + "-section").remove();
  if (gains.surprisal) return;
  element("gains-title").textContent = "Gain along the text";
  element("gains-surprisal").remove();
}

/* ---- Charts ---------------------------------------------------------------------- */

/* Datasets without values are left away. */
function plot(id, type, labels, all, x, y, across = false) {
  const datasets = all.filter((dataset) => dataset.data);
  draw(id, type, { labels, datasets }, axis(...x), axis(...y),
    { callbacks: { label: (item) => ` ${item.dataset.label}  ${number(across ? item.parsed.x : item.parsed.y)}` } },
    { indexAxis: across ? "y" : "x", interaction: { mode: "index", intersect: false, axis: across ? "y" : "x" } });
}

const points = (label, values, color, more = {}) => line(label, values, color, { pointRadius: 3, ...more });
const dashed = { borderDash: [5, 5], pointRadius: 0, borderWidth: 1.5 };
const bars = (label, values, color) => ({ label, data: values, backgroundColor: color, borderWidth: 0, maxBarThickness: 26 });

function drawLayers() {
  const labels = layers.states.map((name) => name.replace("layer ", ""));
  plot("ranks", "line", labels, [points("trained", layers.trained_rank, css("model")),
    points("untrained", layers.untrained_rank, css("untrained"))], ["layer"], ["effective rank", { beginAtZero: true }]);
  plot("entropies", "line", labels, [points("trained", layers.trained_entropy, css("model")),
    points("untrained", layers.untrained_entropy, css("untrained")),
    points("attainable", layers.attainable, css("faint"), dashed)], ["layer"], ["share of the maximum", { beginAtZero: true }]);
}

function drawLengthsAndSeeds() {
  plot("lengths", "line", lengths.lengths, [points("trained", lengths.trained_rank, css("model")),
    points("untrained", lengths.untrained_rank, css("untrained"))], ["tokens"], ["effective rank", { beginAtZero: true }]);
  if (seeds) plot("seeds", "bar", seeds.seed, [bars("Diff-eRank", seeds.diff_erank, css("model"))], ["seed"],
    ["Diff-eRank", { beginAtZero: true }]);
}

/* A token between its neighbors. */
function context(i) {
  const text = gains.text;
  if (!text) return `token ${i + 1}`;
  return `…${text.slice(Math.max(0, i - 6), i).join("")}[${text[i]}]${text.slice(i + 1, i + 4).join("")}…`.replace(/\n/g, "↵");
}

function drawGains() {
  const warm = `rgb(${css("warm")})`, thin = { pointRadius: 0, borderWidth: 1.5 };
  plot("gains", "line", gains.gain.map((_, i) => i + 1), [points("gain", gains.gain, css("model"), thin),
    points("surprisal", gains.surprisal, warm, thin)], ["token", { grid: { display: false }, ticks: { color: css("faint"), maxTicksLimit: 14, maxRotation: 0 } }],
  ["nat", { beginAtZero: true }]);
  charts.gains.options.plugins.tooltip.callbacks.title = ([item]) => item && context(item.dataIndex);
  charts.gains.update("none");
  if (gains.correlation) plot("correlations", "bar", layers.states.map((name) => name.replace("layer ", "")),
    [bars("rank correlation", gains.correlation, css("model"))], ["layer"], ["Spearman", {}]);
}

function drawSelections() {
  if (!selections) return;
  const labels = selections.overlap.map((_, i) => i + 1), k = selections.k, tokens = selections.tokens;
  const soft = css("untrained"), model = css("model"), second = css("second");
  element("overlap-note").textContent =
    `Of the ${k} tokens that Lasso takes to rebuild a layer's output at a token from those before it, the share among ` +
    `the ${k} of highest attention (mean of the heads); ${tokens} tokens per layer.`;
  element("few-note").textContent =
    `Relative error ‖z − ẑ‖²/‖z‖² by ridge regression on ${k} tokens of the context: Lasso's, attention's, random ones; and on all.`;
  plot("overlaps", "bar", labels, [bars("overlap", selections.overlap, model), bars("by chance", selections.chance, soft)],
    ["layer"], ["share", { beginAtZero: true }]);
  plot("few", "bar", labels, [bars("Lasso's", selections.lasso, second), bars("attention's", selections.attention, model),
    bars("random", selections.random, soft), bars("all", selections.all, css("line"))], ["layer"], ["error", { beginAtZero: true }]);
  plot("without", "bar", labels, [bars("without attention's", selections.without_attention, model),
    bars("without random", selections.without_random, soft), bars("all", selections.all, css("line"))], ["layer"], ["error", { beginAtZero: true }]);
}

function drawBridge() {
  element("bridge-note").textContent =
    "The elastic net moves from |w|₁ alone (0, Lasso) to ‖w‖² alone (1, ridge). Mean number of tokens with a weight, of a token's " +
    `whole past after the final norm; unit rows, a twentieth of the penalty at which Lasso takes its first token, ${bridge.tokens} tokens.`;
  const last = bridge.shares.length - 1;
  element("remaining-note").textContent =
    `‖z − ẑ‖²/‖z‖² of the same regressions: ${number(bridge.error[0], 3)} from Lasso's ${number(bridge.support[0], 3)} tokens, ` +
    `${number(bridge.error[last], 3)} from ridge's ${number(bridge.support[last], 3)}.`;
  plot("taken", "line", bridge.shares, [points("tokens taken", bridge.support, css("model"))], ["share of ridge"],
    ["tokens", { beginAtZero: true }]);
  plot("remaining", "line", bridge.shares, [points("error", bridge.error, css("model"))], ["share of ridge"],
    ["error", { beginAtZero: true }]);
}

function drawSentences() {
  const names = sentences.measures, model = css("model"), soft = css("untrained");
  if (sentences.separation[0] != null) {
    element("separations-note").textContent =
      `How often two passages of one window (${sentences.length} tokens each, ${sentences.passages} passages) are nearer than two of ` +
      "different windows, after the final norm, unit rows; 0.5 is chance. What an untrained twin tells apart are words, not their meaning.";
    plot("separations", "bar", names, [bars("trained", sentences.separation, model),
      bars("untrained", sentences.untrained_separation, soft)], ["share of pairs", { min: 0, max: 1 }], ["", {}], true);
  }
  plot("agreements", "bar", names, [bars("trained", sentences.correlation, model),
    bars("untrained", sentences.untrained_correlation, soft)], ["Spearman", { max: 1 }], ["", {}], true);
}

/* Points and the fitted line, both axes logarithmic. */
function drawFamily() {
  if (!family) return;
  const law = family.entropy_law, offset = family.entropy_law_offset;
  const interval = ([value, low, high]) => `${number(value)} (${number(low)} to ${number(high)})`;
  const words = [];
  if (law.exponent) words.push(`log-log fit: exponent ${interval(law.exponent)}, R² ${number(law.r_squared)}`);
  if (offset.exponent) words.push(`with an offset: exponent ${interval(offset.exponent)}, offset ${interval(offset.offset)}`);
  element("family-note").textContent = `Representation entropy over its maximum, c N^−a. ${words.join("; ") || law.problem}.`;
  const models = family.parameters.map((x, i) => ({ x, y: family.entropy[i] })).sort((a, b) => a.x - b.x);
  const fitted = law.exponent ? models.map(({ x }) => ({ x, y: law.factor[0] * x ** -law.exponent[0] })) : [];
  plot("family", "line", undefined, [points("models", models, css("model"), { showLine: false, pointRadius: 5 }),
    points("fit", fitted, css("faint"), dashed)], ["parameters", { type: "logarithmic" }], ["normalized entropy", { type: "logarithmic" }]);
}

function drawAll() {
  Chart.defaults.font.family = css("sans");
  drawLayers();
  drawLengthsAndSeeds();
  drawGains();
  drawSelections();
  drawBridge();
  drawSentences();
  drawFamily();
}

showTitle();
showClaims();
dropSections();
drawAll();
dark.addEventListener("change", drawAll);
