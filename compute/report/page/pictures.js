// The grid of pictures with its filters.

const perPage = 60;

/** filters fills the section once for each language; showPictures fills the grid. */
function filters() {
  const option = (value, text, current) => element("option", { value, selected: String(current ?? "") === String(value) }, text);
  const choice = (name, key, options) => element("label", {}, say(key),
    element("select", { name, change: (e) => change({ [name]: e.target.value === "" ? null : Number(e.target.value) }) }, option("", say("filter.any"), view[name]), options));
  const counted = (column) => {
    const counts = new Map();
    for (const v of pictures[column]) counts.set(v, (counts.get(v) ?? 0) + 1);
    return [...counts];
  };
  const classes = (column) => counted(column).sort((a, b) => (a[0] < 0) - (b[0] < 0) || className(a[0]).localeCompare(className(b[0]), tag(), { numeric: true }))
    .map(([c, n]) => option(c, say("filter.counted", { name: className(c), n: count(n) }), view[column]));
  const folders = counted("folder").map(([f, n]) => option(f, say("filter.counted", { name: pictures.folders[f] || say("filter.root"), n: count(n) }), view.folder));
  const usable = Object.keys(shows).filter((s) => s === "all" || s === "unsure" || pictures.name.some((_, i) => shows[s](i)));
  const hasInside = pictures.inside.some((v) => v >= 0);
  byId("pictures").replaceChildren(
    element("h2", { id: "pictures-title", tabindex: "-1" }, say("pictures")),
    element("form", { id: "filters", submit: (e) => e.preventDefault() },
      element("fieldset", { class: "shows" }, element("legend", {}, say("filter.show")),
        usable.map((s) => element("label", {}, element("input", { type: "radio", name: "show", value: s, checked: view.show === s, change: () => change({ show: s }) }),
          element("span", {}, marks[s] ? mark(s) : null, say("show." + s))))),
      choice("truth", "filter.truth", classes("truth")),
      choice("guess", "filter.guess", classes("guess")),
      pictures.folders.length > 1 ? choice("folder", "filter.folder", folders) : null,
      element("label", {}, say("filter.text"), element("input", { type: "search", name: "text", value: view.text, input: later((e) => change({ text: e.target.value })) })),
      element("label", {}, say("filter.sort"), element("select", { name: "sort", change: (e) => change({ sort: e.target.value }) },
        Object.keys(sorts).filter((s) => s !== "inside" || hasInside).map((s) => option(s, say("sort." + s), view.sort)))),
      element("label", {}, say("filter.unsure"), element("input", { type: "number", name: "unsure", min: 0, max: 1, step: 0.05, value: view.unsure, change: (e) => change({ unsure: Math.min(1, Math.max(0, Number(e.target.value) || 0)) }) }))),
    element("div", { class: "found" }, element("p", { id: "found", role: "status" }), element("button", { type: "button", id: "reset", click: () => { view = fresh(); filters(); change({}); } }, say("filter.reset"))),
    element("div", { id: "grid", class: "grid" }),
    element("div", { class: "pager", id: "pager" }));
  rove(byId("grid"), ".card", inGrid);
}

/** later waits until the reader stops typing. */
function later(act) {
  let timer;
  return (event) => {
    clearTimeout(timer);
    timer = setTimeout(act, 150, event);
  };
}

/** showPictures shows what the view chooses, and makes the form say the same. */
function showPictures() {
  const list = chosen();
  const pages = Math.max(1, Math.ceil(list.length / perPage));
  const page = Math.min(Math.max(0, view.page), pages - 1);
  const form = byId("filters");
  for (const name of ["truth", "guess", "folder", "sort", "unsure"]) if (form.elements[name]) form.elements[name].value = view[name] ?? "";
  if (form.elements.text !== document.activeElement) form.elements.text.value = view.text;
  for (const radio of form.querySelectorAll("[name=show]")) radio.checked = radio.value === view.show;
  byId("found").textContent = list.length === pictures.name.length ? say("found.all", { n: count(list.length) }) : say("found", { n: count(list.length), all: count(pictures.name.length) });
  byId("reset").hidden = list.length === pictures.name.length && view.sort === "order";
  byId("grid").replaceChildren(...list.slice(page * perPage, (page + 1) * perPage).map((i) => card(i, list)));
  byId("grid").querySelectorAll(".card").forEach((e, k) => { e.tabIndex = k ? -1 : 0; });
  if (!list.length) byId("grid").append(element("p", { class: "empty" }, say("found.none")));
  const turn = (to, key) => element("button", { type: "button", disabled: to < 0 || to >= pages, click: () => { change({ page: to }); byId("pictures").scrollIntoView(); } }, say(key));
  byId("pager").replaceChildren(...(pages > 1 ? [turn(page - 1, "page.before"), element("span", {}, say("page", { n: count(page + 1), all: count(pages) })), turn(page + 1, "page.next")] : []));
}
