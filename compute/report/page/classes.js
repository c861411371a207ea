// The table of classes, which can be sorted, and their mean maps.

const classOrder = { by: "true", down: true, all: false };

/** firstClasses is how many are shown until the reader asks for all. */
const firstClasses = 40;

/** classColumns say how a class's number is found and written. */
const classColumns = () => [
  { key: "index", say: "class.name", value: (c) => className(c.index), show: (c) => element("button", { type: "button", click: () => only({ [c.true ? "truth" : "guess"]: c.index }) }, className(c.index)) },
  { key: "true", say: "class.true", value: (c) => c.true, show: (c) => count(c.true) },
  { key: "guessed", say: "class.guessed", value: (c) => c.guessed, show: (c) => count(c.guessed) },
  { key: "precision", say: "class.precision", value: (c) => c.precision, show: (c) => percent(c.precision) },
  { key: "recall", say: "class.recall", value: (c) => c.recall, show: (c) => percent(c.recall) },
  { key: "f1", say: "class.f1", value: (c) => c.f1, show: (c) => decimal(c.f1, 3) },
  { key: "confidence", say: "class.confidence", value: (c) => c.confidence, show: (c) => percent(c.confidence) },
  { key: "ece", say: "class.ece", value: (c) => c.ece, show: (c) => percent(c.ece) },
  { key: "border", say: "class.border", value: (c) => c.border, show: (c) => percent(c.border, 0) },
  { key: "corner", say: "class.corner", value: (c) => (c.corners ? Math.max(...c.corners) : null), show: (c) => (c.corners ? percent(Math.max(...c.corners), 0) + " " + say("corner." + c.corners.indexOf(Math.max(...c.corners))) : nothing) },
];

function classes() {
  const columns = classColumns().filter((c) => report.judged || !["true", "guessed", "precision", "recall", "f1", "confidence", "ece"].includes(c.key));
  const sorted = columns.find((c) => c.key === classOrder.by) ?? columns[0];
  const names = new Intl.Collator(tag(), { numeric: true });
  const list = [...report.classes].sort((a, b) => {
    const [x, y] = [sorted.value(a), sorted.value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    const order = typeof x === "string" ? names.compare(x, y) : x - y;
    return (classOrder.down ? -order : order) || a.index - b.index;
  });
  const shown = classOrder.all ? list : list.slice(0, firstClasses);
  const heading = (c) => element("th", { scope: "col", class: c.key === "index" ? null : "number", "aria-sort": c === sorted ? (classOrder.down ? "descending" : "ascending") : "none" },
    element("button", { type: "button", "data-sort": c.key, click: () => {
      classOrder.down = c === sorted ? !classOrder.down : c.key !== "index";
      classOrder.by = c.key;
      classes();
      document.querySelector(`#classes [data-sort=${c.key}]`).focus();
    } }, say(c.say), element("span", { class: "arrow", "aria-hidden": "true" }, c === sorted ? (classOrder.down ? "▼" : "▲") : "")));
  const maps = report.judged ? [["rightMap", "maps.right"], ["wrongMap", "maps.wrong"]] : [["guessedMap", "maps.mean"]];
  byId("classes").replaceChildren(
    element("h2", {}, say("classes")),
    element("p", { class: "note" }, say("classes.note")),
    element("div", { class: "scroll" }, element("table", { class: "classes" },
      element("thead", {}, element("tr", {}, columns.map(heading), maps.map(([, key]) => element("th", { scope: "col" }, say(key + ".short"))))),
      element("tbody", {}, shown.map((c) => element("tr", { "data-class": c.index },
        columns.map((k) => element(k.key === "index" ? "th" : "td", k.key === "index" ? { scope: "row" } : { class: "number" }, k.show(c))),
        maps.map(([name, key]) => element("td", {}, meanMap(c[name], 56, say(key, { class: className(c.index) }))))))))));
  if (shown.length < list.length) byId("classes").append(element("button", { type: "button", class: "more", click: () => { classOrder.all = true; classes(); } }, say("classes.all", { n: count(list.length) })));
}
