const unit = data.characters ? "character" : "word";
const shown = data.shown;
const percent = (x) => (100 * x).toFixed(1) + " %";

function tile(name, value, ofUnit, beside) {
  return make("div", { className: "tile" }, make("div", { className: "name", textContent: name }),
    make("div", { className: "value" }, rich(value), make("small", { textContent: ofUnit })),
    make("div", { className: "beside", textContent: beside }));
}

function showSummary() {
  document.title = "lm_bottleneck on " + data.title;
  element("title").textContent = `What one ${unit} tells about the next in ${data.title}`;
  element("lede").textContent =
    `${data.tokens.toLocaleString("en")} tokens, ${data.vocabulary} of them told apart. ` +
    `${shown.clusters} clusters are enough for ${percent(shown.relevance / data.information)} of what the ${unit} before tells.`;
  const tiles = [
    tile("Entropy of the next " + unit, data.nextEntropy, "bit", "without looking back"),
    tile(`Told by the ${unit} before`, data.information, "bit", percent(data.information / data.nextEntropy) + " of the entropy"),
    tile(`Kept by ${shown.clusters} clusters`, shown.relevance, "bit", percent(shown.relevance / data.information) + " of what is told"),
    tile("Spent on the clusters", shown.compression, "bit", `instead of naming the ${unit}`),
  ];
  if (data.rate) tiles.push(tile("A prediction in full", data.rate.points[0].rate, "bit", `${data.rate.rows} predictions of a model`));
  element("tiles").append(...tiles);
}

const at = (points, x = "compression", y = "relevance") => points.map((p) => ({ ...p, x: p[x], y: p[y] }));

const linear = (title, more = {}) => axis(title, { type: "linear", beginAtZero: true, ...more });

function drawCurve() {
  const hard = at(data.hard), soft = at([...data.soft]).sort((a, b) => a.x - b.x);
  const reach = Math.max(...hard.map((p) => p.x), ...soft.map((p) => p.x));
  const bound = [{ x: 0, y: 0 }, { x: data.information, y: data.information }, { x: reach, y: data.information }];
  draw("curve", "line", {
    datasets: [
      line("hard clusters", hard, css("model"), { pointRadius: 3.5 }),
      line("soft clusters", soft, css("second"), { pointRadius: 2.5 }),
      line("bound", bound, css("untrained"), { borderDash: [5, 5], borderWidth: 1.5, pointHitRadius: 0 }),
    ],
  }, linear("bits spent on the token before"), linear("bits kept about the next"), {
    callbacks: {
      title: () => "",
      label: ({ raw, dataset }) => raw.clusters &&
        ` ${dataset.label}: ${number(raw.x)} bit spent, ${number(raw.y)} kept` +
        (raw.beta ? `, β = ${number(raw.beta, 3)}` : `, ${raw.clusters} clusters`),
    },
  }, { interaction: { mode: "nearest", intersect: false } });
}

const visible = (piece) => piece.replace(/\n/g, "↵").replace(/^ $/, "␣");

function showClusters() {
  element("clusters-title").textContent = `${shown.clusters} clusters`;
  const most = Math.max(...data.clusters.map((c) => c.kept));
  element("clusters").append(...data.clusters.map((c) => {
    const bar = make("div", { className: "bar" }, make("div"));
    bar.firstChild.style.width = `${(100 * c.kept) / most}%`;
    const more = c.size > c.words.length ? `  … ${c.size} in all` : "";
    return make("div", { className: "cluster" }, bar,
      make("div", { className: "figures" }, make("span", { textContent: `${percent(c.weight)} of the text` }),
        make("span", { textContent: `keeps ${number(c.kept, 3)} bit` })),
      make("div", { className: "words" }, c.words.map(visible).join("  "), make("span", { className: "next", textContent: more })),
      make("div", { className: "next" }, make("b", { textContent: "then  " }), c.next.map(visible).join("  ")));
  }));
}

function drawRate() {
  if (!data.rate) return element("rate-section").remove();
  const points = at(data.rate.points, "loss", "rate"), worst = Math.max(...data.rate.points.map((p) => p.gap));
  element("rate-note").textContent =
    `A coder that may describe each of the model's ${data.rate.rows} predictions by one of ${data.rate.standIns} stand-ins ` +
    `(other predictions, and means of similar ones) needs at least so many bits for each, if the prediction may lose so much ` +
    `information (KL divergence) on average. Every point is proven to within ${worst.toExponential(0)} bit.`;
  draw("rate", "line", { datasets: [line("bits per prediction", points, css("model"), { pointRadius: 3, fill: "origin", backgroundColor: css("model") + "18" })] },
    linear("bits of information lost per token"), linear("bits per prediction"), {
      callbacks: { title: () => "", label: ({ raw }) => ` ${number(raw.y)} bit per prediction, ${number(raw.x)} bit lost` },
    }, { interaction: { mode: "nearest", intersect: false } });
}

function showNumbers() {
  const cell = (value) => make("td", {}, typeof value === "string" ? value : rich(value));
  element("numbers").replaceChildren(
    make("thead", {}, make("tr", {}, ...["", "clusters", "bits spent", "bits kept", "of all"].map((name) => make("th", { textContent: name })))),
    make("tbody", {}, ...[...data.hard.map((p) => ["hard", p]), ...data.soft.map((p) => [`soft, β = ${number(p.beta, 3)}`, p])].map(([name, p]) =>
      make("tr", {}, cell(name), cell(String(p.clusters)), cell(p.compression), cell(p.relevance), cell(percent(p.relevance / data.information))))));
}

function paint() {
  Chart.defaults.font.family = css("sans");
  Chart.defaults.font.size = 12;
  drawCurve();
  drawRate();
}

showSummary();
showClusters();
showNumbers();
element("footer").append(make("p", { textContent: `Computed by libinfo ${data.libinfo}. Information is in bits.` }));
paint();
dark.addEventListener("change", paint);
