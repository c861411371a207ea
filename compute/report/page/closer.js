// A closer look at one picture, in a dialog.

/** look opens the dialog on a picture; the arrow keys go on in the list. */
async function look(i, list) {
  const dialog = byId("closer");
  const at = list.indexOf(i);
  const turn = (by) => { if (at + by >= 0 && at + by < list.length) look(list[at + by], list); };
  dialog.onkeydown = (event) => {
    if (event.target.matches("select, input")) return;
    if (event.key === "ArrowRight") turn(1);
    if (event.key === "ArrowLeft") turn(-1);
  };
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  const focused = dialog.open && document.activeElement?.dataset.turn;
  const image = element("div", { class: "large" });
  const facts = element("div", { class: "facts" });
  const button = (key, by) => element("button", { type: "button", "data-turn": by, disabled: !(at + by in list), click: () => turn(by) }, say(key));
  dialog.replaceChildren(
    element("div", { class: "head" },
      element("h2", { id: "closer-title" }, fileOf(i)),
      button("closer.before", -1), element("span", {}, say("page", { n: count(at + 1), all: count(list.length) })), button("closer.next", 1),
      element("button", { type: "button", class: "close", click: () => dialog.close() }, say("closer.close"))),
    element("div", { class: "body" }, image, facts));
  if (!dialog.open) dialog.showModal();
  const same = dialog.querySelector(`[data-turn="${focused}"]:not(:disabled)`);
  (same ?? dialog.querySelector(".close")).focus();
  dialog.dataset.picture = i;
  const detail = await detailOf(i);
  if (dialog.dataset.picture !== String(i)) return;
  const addresses = [...(detail.large ?? []), thumbOf(i)].filter(Boolean);
  showLarge(image, addresses);
  facts.replaceChildren(...factsOf(i, detail));
}

/** showLarge shows the first picture that is there. */
function showLarge(place, [address, ...others]) {
  if (!address) {
    place.replaceChildren(element("p", { class: "nopicture" }, say("card.nothumb")));
    return;
  }
  place.replaceChildren(element("a", { href: address, target: "_blank", title: say("closer.open") },
    element("img", { src: address, alt: say("closer.alt"), error: () => showLarge(place, others) })));
}

function factsOf(i, detail) {
  const parts = [element("p", { class: "verdict" }, marksOf(i).map((m) => [mark(m), element("span", {}, say("state." + m))]))];
  if (detail.failure) parts.push(element("p", { class: "failure" }, detail.failure));
  for (const text of detail.notices ?? []) parts.push(element("p", { class: "notice" }, text));
  if (detail.top) {
    parts.push(element("table", { class: "tops" }, element("caption", {}, say("closer.top")), element("tbody", {}, detail.top.map((s) =>
      element("tr", { class: detail.truth?.includes(s.class) ? "true" : null },
        element("th", { scope: "row" }, className(s.class), detail.truth?.includes(s.class) ? element("small", {}, say("closer.istruth")) : null),
        element("td", { class: "share" }, element("span", { style: `width:${100 * (s.probability ?? 0)}%` })),
        element("td", { class: "number" }, percent(s.probability)))))));
  }
  const rows = [];
  const row = (key, value) => rows.push(element("dt", {}, say(key)), element("dd", {}, value));
  row("closer.truth", detail.truth?.length ? detail.truth.map(className).join(", ") : say("class.unknown"));
  if (marginOf(i) !== null) row("closer.margin", percent(marginOf(i)));
  if (detail.border !== undefined) {
    row("closer.border", percent(detail.border, 0));
    row("closer.corners", detail.corners.map((v, c) => say("corner." + c) + " " + percent(v, 0)).join(", "));
  }
  if (detail.inside !== undefined) row("closer.inside", percent(detail.inside, 0));
  if (outlierScores.has(i)) row("closer.out", decimal(outlierScores.get(i), 1));
  if (pictures.took[i] > 0) row("closer.took", say("seconds", { n: decimal(pictures.took[i] / 1000, 2) }));
  parts.push(element("dl", {}, rows));
  if (pictures.guess[i] >= 0) {
    parts.push(element("button", { type: "button", click: () => { byId("closer").close(); only({ truth: pictures.truth[i], guess: pictures.guess[i] }); } },
      say("closer.same", { truth: className(pictures.truth[i]), guess: className(pictures.guess[i]) })));
  }
  return parts;
}
