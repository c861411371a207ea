// A picture in a grid.

/** marks have a shape of their own for each state, so that colour is not needed. */
const marks = {
  right: ["M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z", "M4.5 8.3 7 10.8l4.5-5.3"],
  wrong: ["M2 1h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1V2a1 1 0 0 1 1-1Z", "m5 5 6 6m0-6-6 6"],
  unsure: ["M8 .6 15.4 8 8 15.4.6 8Z", "M6.2 6.6c.2-2.2 3.8-2.1 3.6.1-.1 1.2-1.8 1.3-1.8 2.6m0 1.9v.3"],
  failed: ["M8 1 15.5 14.5H.5Z", "M8 6v4m0 2v.3"],
  unjudged: ["M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z", "M5 8h6"],
};

function mark(name) {
  const [shape, sign] = marks[name];
  return drawing("svg", { viewBox: "0 0 16 16", class: "mark " + name, "aria-hidden": "true" },
    drawing("path", { d: shape, class: "shape" }), drawing("path", { d: sign, class: "sign" }));
}

const stateNames = ["failed", "unjudged", "right", "wrong"];

/** marksOf are the marks of a picture: its state, and whether the network is unsure. */
function marksOf(i) {
  const list = [stateNames[pictures.state[i]]];
  if (shows.unsure(i)) list.push("unsure");
  return list;
}

/** answerOf is one line about what the network says of a picture. */
function answerOf(i) {
  if (pictures.guess[i] < 0) return say("card.failed");
  const guess = confidenceOf(i) === null ? className(pictures.guess[i]) : say("card.guess", { class: className(pictures.guess[i]), p: percent(confidenceOf(i), 0) });
  return pictures.state[i] === wrong ? say("card.wrong", { guess, truth: className(pictures.truth[i]) }) : guess;
}

/** card is a picture's button, which opens a closer look among a list of pictures. */
function card(i, list) {
  const states = marksOf(i);
  const address = thumbOf(i);
  const label = [fileOf(i), answerOf(i), ...states.map((s) => say("state." + s))].join(", ");
  return element("button", { type: "button", class: "card " + states[0], "aria-label": label, title: fileOf(i), "data-picture": i, click: () => look(i, list) },
    element("span", { class: "frame" },
      address ? element("img", { src: address, alt: "", loading: "lazy", decoding: "async", error: (e) => e.target.replaceWith(element("span", { class: "nopicture" }, say("card.nothumb"))) })
        : element("span", { class: "nopicture" }, say(pictures.state[i] === failed ? "state.failed" : "card.nothumb")),
      element("span", { class: "marks" }, states.map(mark))),
    element("span", { class: "answer" }, answerOf(i)),
    element("span", { class: "file" }, pictures.name[i]));
}

/** strip is a row of pictures. */
function strip(list, most = 8) {
  const row = element("div", { class: "strip" }, list.slice(0, most).map((i) => card(i, list)));
  rove(row, ".card", inGrid);
  return row;
}
