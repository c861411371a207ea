// What the run comes to, and what to look at first.

function overview() {
  const tile = (key, value, note) => element("div", { class: "tile" }, element("dt", {}, say(key)), element("dd", {}, value), note ? element("dd", { class: "note" }, note) : null);
  const failures = pictures.state.filter((s) => s === failed).length;
  const tiles = [tile("tile.pictures", count(pictures.name.length), failures ? say("tile.failed", { n: count(failures) }) : null)];
  if (report.judged) {
    tiles.push(tile("tile.top1", percent(report.top1), say("tile.judged", { n: count(report.judged) })), tile("tile.top5", percent(report.top5)));
    tiles.push(tile("tile.f1", decimal(report.f1, 3), say("tile.f1.note", { p: decimal(report.precision, 3), r: decimal(report.recall, 3) })));
    if (report.ece !== null) tiles.push(tile("tile.ece", percent(report.ece), say(leaning())));
  }
  if (report.margin !== null) tiles.push(tile("tile.margin", percent(report.margin)));
  if (report.location) {
    const l = report.location;
    tiles.push(tile("tile.pointing", percent(l.pointing), say("tile.objects", { n: count(l.pictures) })), tile("tile.inside", percent(l.inside)),
      tile("tile.iou", decimal(l.iou, 3), say("tile.iou.note", { t: decimal(l.threshold, 2) })));
  }
  const notices = (report.notices ?? []).map((n) => element("li", {}, n.key && allWords.en[n.key] ? say(n.key, n.values) : n.text));
  if (!report.judged) notices.push(element("li", {}, say("notice.notruth")));
  byId("overview").replaceChildren(
    element("h2", {}, say("overview")),
    element("dl", { class: "tiles" }, tiles),
    ...(notices.length ? [element("ul", { class: "notices" }, notices)] : []),
    ...first());
}

/** leaning says whether the network is surer than it is right. */
function leaning() {
  let gap = 0;
  for (const b of report.bins) if (b.pictures) gap += b.pictures * (b.confidence - b.accuracy);
  gap /= report.judged;
  return Math.abs(gap) < 0.01 ? "ece.even" : gap > 0 ? "ece.over" : "ece.under";
}

/** first are the things to look at first. */
function first() {
  const parts = [];
  const block = (key, content, what) => parts.push(element("section", { class: "first" },
    element("h3", {}, say(key)), element("p", { class: "note" }, say(key + ".note")), content,
    what ? element("button", { type: "button", class: "more", click: () => only(what) }, say("first.more")) : null));
  if (report.certainlyWrong?.length) block("first.wrong", strip(report.certainlyWrong), { show: "wrong", sort: "sure" });
  const cells = confusions();
  if (cells.length) {
    block("first.confusions", element("ul", { class: "links" }, cells.slice(0, 8).map((c) => element("li", {},
      element("button", { type: "button", click: () => { select(c.truth, c.guess); byId("confusion").scrollIntoView(); } }, say("confusion.pair", { truth: className(c.truth), guess: className(c.guess) })),
      " ", element("span", { class: "note" }, count(c.pictures))))));
  }
  if (report.corners?.length) {
    block("first.corners", element("ul", { class: "corners" }, report.corners.slice(0, 8).map((c) => {
      const of = report.classes.find((k) => k.index === c.class);
      return element("li", {}, meanMap(of.rightMap ?? of.wrongMap ?? of.guessedMap, 64, say("maps.mean", { class: className(c.class) })),
        element("button", { type: "button", click: () => only({ [report.judged ? "truth" : "guess"]: c.class, sort: "corner" }) },
          say("corner.line", { class: className(c.class), p: percent(c.share, 0), corner: say("corner." + c.corner), n: count(c.maps) })));
    })), { sort: "corner" });
  }
  if (report.outliers?.length) block("first.out", strip(report.outliers.map((o) => o.picture)), { show: "out", sort: "out" });
  if (report.uncertain?.length) block("first.unsure", strip(report.uncertain), { sort: "unsure" });
  return parts;
}
