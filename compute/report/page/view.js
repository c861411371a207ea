// Which pictures are looked at: the filters, which are part of the page's address.

const fresh = () => ({ show: "all", truth: null, guess: null, folder: null, text: "", sort: "order", unsure: 0.2, page: 0 });
let view = fresh();

/** shows are the ways to choose pictures by what became of them. */
const shows = {
  all: () => true,
  right: (i) => pictures.state[i] === right,
  wrong: (i) => pictures.state[i] === wrong,
  unsure: (i) => pictures.margin[i] >= 0 && pictures.margin[i] < view.unsure * 1e4,
  out: (i) => outlierScores.has(i),
  unjudged: (i) => pictures.state[i] === unjudged,
  failed: (i) => pictures.state[i] === failed,
};

/** sorts give each picture a number; the smallest come first, and null last. */
const sorts = {
  order: null,
  sure: (i) => (pictures.confidence[i] < 0 ? null : -pictures.confidence[i]),
  unsure: (i) => (pictures.margin[i] < 0 ? null : pictures.margin[i]),
  out: (i) => -(outlierScores.get(i) ?? 0),
  corner: (i) => -pictures.corner[i],
  inside: (i) => (pictures.inside[i] < 0 ? null : pictures.inside[i]),
  slow: (i) => -pictures.took[i],
  name: null,
};

let outlierScores = new Map();

/** chosen lists the numbers of the pictures that the view shows, in its order. */
function chosen() {
  const wanted = shows[view.show];
  const text = view.text.toLowerCase();
  const list = [];
  for (let i = 0; i < pictures.name.length; i++) {
    if ((view.truth === null || pictures.truth[i] === view.truth) && (view.guess === null || pictures.guess[i] === view.guess) &&
      (view.folder === null || pictures.folder[i] === view.folder) && wanted(i) && (!text || fileOf(i).toLowerCase().includes(text))) list.push(i);
  }
  const key = sorts[view.sort];
  if (key) {
    const keys = new Map(list.map((i) => [i, key(i) ?? Infinity]));
    list.sort((a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a - b));
  }
  if (view.sort === "name") {
    const names = new Intl.Collator(tag(), { numeric: true });
    list.sort((a, b) => names.compare(pictures.name[a], pictures.name[b]) || a - b);
  }
  return list;
}

/** change changes the view and shows it; what is not paging begins at the first page. */
function change(what) {
  view = { ...view, page: 0, ...what };
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) if (value !== null && value !== fresh()[name]) parts.set(name, value);
  history.replaceState(null, "", "#" + (parts.size ? "pictures?" + parts : "pictures"));
  showPictures();
}

/** only shows the pictures of a view and goes there. */
function only(what) {
  view = fresh();
  change(what);
  byId("pictures").scrollIntoView();
  byId("pictures-title").focus({ preventScroll: true });
}

/** fromAddress takes the view from the page's address. */
function fromAddress() {
  const [, query] = location.hash.split("?");
  view = fresh();
  for (const [name, value] of new URLSearchParams(query || "")) {
    if (["truth", "guess", "folder", "page"].includes(name) && /^-?\d+$/.test(value)) view[name] = Number(value);
    if (name === "unsure" && Number(value) >= 0) view.unsure = Number(value);
    if (name === "text") view.text = value;
    if (name === "show" && Object.hasOwn(shows, value)) view.show = value;
    if (name === "sort" && Object.hasOwn(sorts, value)) view.sort = value;
  }
}
