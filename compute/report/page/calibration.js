// The calibration plot: how often the network is right, by how sure it is.

function calibration() {
  const section = byId("calibration");
  section.hidden = report.ece === null;
  if (report.ece === null) return;
  section.replaceChildren(
    element("h2", {}, say("calibration")),
    element("p", { class: "note" }, say("calibration.note"), " ", say(leaning() + ".long"), " ", say("calibration.ece", { p: percent(report.ece) })),
    plot(),
    element("details", {}, element("summary", {}, say("calibration.table")),
      headed([{ say: "calibration.range" }, { say: "class.pictures", number: true }, { say: "calibration.confidence", number: true }, { say: "calibration.accuracy", number: true }],
        report.bins.map((b, i) => element("tr", {}, element("td", {}, percent(i / report.bins.length, 0) + " – " + percent((i + 1) / report.bins.length, 0)),
          element("td", { class: "number" }, count(b.pictures)), element("td", { class: "number" }, percent(b.confidence)), element("td", { class: "number" }, percent(b.accuracy)))))));
}

/** plot draws a bar for each bin, its gap to the diagonal, and below how many pictures it has. */
function plot() {
  const side = 320, left = 56, top = 12, gap = 20, low = 70;
  const height = top + side + gap + low + 46;
  const x = (v) => left + v * side, y = (v) => top + (1 - v) * side;
  const n = report.bins.length, most = Math.max(...report.bins.map((b) => b.pictures));
  const base = top + side + gap + low;
  const parts = [];
  const text = (px, py, anchor, words, more = {}) => parts.push(drawing("text", { x: px, y: py, "text-anchor": anchor, ...more }, document.createTextNode(words)));
  for (const v of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(drawing("path", { class: "rule", d: `M${x(0)} ${y(v)}H${x(1)}M${x(v)} ${y(0)}V${y(1)}` }));
    text(left - 8, y(v) + 4, "end", percent(v, 0));
    text(x(v), base + 18, "middle", percent(v, 0));
  }
  report.bins.forEach((b, i) => {
    if (!b.pictures) return;
    const [x0, x1] = [x(i / n) + 1, x((i + 1) / n) - 1];
    const hint = drawing("title", {}, document.createTextNode(say("calibration.bin", { n: count(b.pictures), c: percent(b.confidence), a: percent(b.accuracy) })));
    const [hi, lo] = [Math.max(b.confidence, b.accuracy), Math.min(b.confidence, b.accuracy)];
    parts.push(drawing("g", {}, hint,
      drawing("rect", { class: "accuracy", x: x0, y: y(b.accuracy), width: x1 - x0, height: y(0) - y(b.accuracy) }),
      drawing("rect", { class: "gap", x: x0, y: y(hi), width: x1 - x0, height: y(lo) - y(hi) }),
      drawing("rect", { class: "many", x: x0, y: base - (low * b.pictures) / most, width: x1 - x0, height: Math.max(1, (low * b.pictures) / most) })));
  });
  parts.push(drawing("path", { class: "even", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` }), drawing("path", { class: "axis", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}M${x(0)} ${base}H${x(1)}` }));
  text(x(0.5), base + 38, "middle", say("calibration.confidence"), { class: "title" });
  text(14, y(0.5), "middle", say("calibration.accuracy"), { class: "title", transform: `rotate(-90 14 ${y(0.5)})` });
  text(left - 8, base - low + 10, "end", count(most));
  const key = (name, label) => element("span", {}, element("i", { class: "key " + name }), say(label));
  return element("figure", { class: "plot" },
    drawing("svg", { viewBox: `0 0 ${left + side + 20} ${height}`, role: "img", "aria-label": say("calibration") }, parts),
    element("figcaption", {}, key("accuracy", "calibration.key.accuracy"), key("gap", "calibration.key.gap"), key("even", "calibration.key.even"), key("many", "calibration.key.many")));
}
