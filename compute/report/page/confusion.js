// The confusion matrix.

/** mostClasses is how many classes the matrix shows; the list beside it has the others. */
const mostClasses = 24;

/** confusions are the cells of mistakes, the most frequent first. */
function confusions() {
  return report.cells.filter((c) => c.truth >= 0 && c.truth !== c.guess).sort((a, b) => b.pictures - a.pictures || a.truth - b.truth || a.guess - b.guess);
}

function confusion() {
  const section = byId("confusion");
  section.hidden = !report.judged;
  if (!report.judged) return;
  const mistakes = new Map(report.classes.map((c) => [c.index, 0]));
  for (const c of confusions()) for (const k of [c.truth, c.guess]) mistakes.set(k, mistakes.get(k) + c.pictures);
  const shown = [...report.classes].filter((c) => c.true + c.guessed > 0).sort((a, b) => mistakes.get(b.index) - mistakes.get(a.index) || a.index - b.index)
    .slice(0, mostClasses).map((c) => c.index).sort((a, b) => a - b);
  const judgedClasses = report.classes.filter((c) => c.true + c.guessed > 0).length;
  section.replaceChildren(
    element("h2", {}, say("confusion")),
    element("p", { class: "note" }, say("confusion.note"), judgedClasses > shown.length ? " " + say("confusion.part", { n: count(shown.length), all: count(judgedClasses) }) : ""),
    element("div", { class: "beside" }, matrix(shown), element("div", { id: "cell", class: "cell", role: "status" }, element("p", { class: "note" }, say("confusion.choose")))));
  if (judgedClasses > shown.length) {
    section.append(element("details", {}, element("summary", {}, say("confusion.list")), headed([{ say: "filter.truth" }, { say: "filter.guess" }, { say: "class.pictures", number: true }],
      confusions().slice(0, 200).map((c) => element("tr", {}, element("td", {}, className(c.truth)), element("td", {}, className(c.guess)),
        element("td", { class: "number" }, element("button", { type: "button", click: () => select(c.truth, c.guess) }, count(c.pictures))))))));
  }
}

/** matrix has a button in each cell that is not empty. Its colour is the cell's part of the
    true class. */
function matrix(shown) {
  const cells = new Map(report.cells.map((c) => [c.truth + " " + c.guess, c]));
  const rows = shown.map((t) => {
    const all = report.classes.find((c) => c.index === t).true;
    return element("tr", {}, element("th", { scope: "row", title: className(t) }, className(t)), shown.map((g) => {
      const c = cells.get(t + " " + g);
      if (!c) return element("td", { class: t === g ? "diagonal" : null });
      const label = say(t === g ? "confusion.right" : "confusion.cell", { truth: className(t), guess: className(g), n: count(c.pictures) });
      return element("td", {}, element("button", {
        type: "button", class: t === g ? "same" : "other", style: `--part:${Math.round(12 + (88 * c.pictures) / all)}%`, title: label, "aria-label": label,
        "data-cell": t + " " + g, "data-part": c.pictures / all > 0.55 ? "much" : "little", click: () => select(t, g),
      }, count(c.pictures)));
    }));
  });
  const table = element("table", { class: shown.length > 12 ? "matrix" : "matrix roomy" },
    element("caption", { class: "unseen" }, say("confusion")),
    element("thead", {}, element("tr", {}, element("td", { class: "axes" }, say("confusion.axes")), shown.map((g) => element("th", { scope: "col", title: className(g) }, element("span", {}, className(g)))))),
    element("tbody", {}, rows));
  rove(table, "button", inGrid);
  return element("div", { class: "scroll" }, table);
}

/** select shows a cell's maps and pictures beside the matrix. */
function select(truth, guess) {
  for (const b of document.querySelectorAll(".matrix button")) b.setAttribute("aria-pressed", b.dataset.cell === truth + " " + guess);
  const cell = report.cells.find((c) => c.truth === truth && c.guess === guess);
  const of = (i) => report.classes.find((c) => c.index === i);
  const list = [];
  for (let i = 0; i < pictures.name.length; i++) if (pictures.truth[i] === truth && pictures.guess[i] === guess) list.push(i);
  const maps = [captioned(cell.map, truth === guess ? "maps.right" : "maps.cell", { truth: className(truth), guess: className(guess), class: className(truth) })];
  if (truth !== guess) maps.push(captioned(of(truth)?.rightMap, "maps.right", { class: className(truth) }), captioned(of(guess)?.rightMap, "maps.right", { class: className(guess) }));
  else maps.push(captioned(of(truth)?.wrongMap, "maps.wrong", { class: className(truth) }));
  byId("cell").replaceChildren(
    element("h3", {}, truth === guess ? say("confusion.right", { truth: className(truth), n: count(cell.pictures) }) : say("confusion.cell", { truth: className(truth), guess: className(guess), n: count(cell.pictures) })),
    element("div", { class: "maps" }, maps), strip(list, 6),
    element("button", { type: "button", class: "more", id: "cell-pictures", click: () => only({ truth, guess }) }, say("confusion.show", { n: count(cell.pictures) })));
}
