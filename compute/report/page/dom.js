// Making elements. Texts become text nodes, so that nothing of a name is ever markup.

/** element makes an element; attributes that are functions listen, and null ones are left out. */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  return made;
}

/** drawing makes an element of SVG. */
function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.flat());
  return made;
}

const byId = (id) => document.getElementById(id);

/** rove lets arrow keys move between the elements of a container that a selector finds, of
    which one is reached by Tab. step says where a key leads from an index, or -1. */
function rove(container, selector, step) {
  const all = () => [...container.querySelectorAll(selector)];
  const choose = (list, chosen) => list.forEach((e) => { e.tabIndex = e === chosen ? 0 : -1; });
  const list = all();
  choose(list, list[0]);
  container.addEventListener("focusin", (event) => {
    const list = all();
    if (list.includes(event.target)) choose(list, event.target);
  });
  container.addEventListener("keydown", (event) => {
    const list = all();
    const at = list.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = step(event.key, at, list);
    if (to === undefined || to < 0 || to >= list.length) return;
    event.preventDefault();
    list[to].focus();
  });
}

/** inGrid is the step of [rove] for elements that flow into rows. */
function inGrid(key, at, list) {
  switch (key) {
    case "ArrowRight": return at + 1;
    case "ArrowLeft": return at - 1;
    case "Home": return 0;
    case "End": return list.length - 1;
  }
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  // The next row's element that lies most nearly below.
  const here = list[at].getBoundingClientRect();
  const below = key === "ArrowDown";
  let best = -1, bestRow = Infinity, bestOff = Infinity;
  list.forEach((e, i) => {
    const r = e.getBoundingClientRect();
    const row = below ? r.top - here.top : here.top - r.top;
    const off = Math.abs(r.left - here.left);
    if (row > 4 && (row < bestRow - 4 || (row < bestRow + 4 && off < bestOff))) [best, bestRow, bestOff] = [i, row, off];
  });
  return best;
}

/** headed is a table; columns are {say, number} with the key of the heading. */
function headed(columns, rows) {
  return element("div", { class: "scroll", tabindex: "0", role: "group" }, element("table", {},
    element("thead", {}, element("tr", {}, columns.map((c) => element("th", { scope: "col", class: c.number ? "number" : null }, say(c.say))))),
    element("tbody", {}, rows)));
}
