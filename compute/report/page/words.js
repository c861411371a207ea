// The page's words, numbers and colours, as the reader wants them.

const settings = { language: "en", theme: "" };

/** stored reads what the reader chose before; a browser may keep nothing for files. */
function stored(name) {
  try { return localStorage.getItem("gaze-report-" + name); } catch { return null; }
}
function store(name, value) {
  try { localStorage.setItem("gaze-report-" + name, value); } catch { /* It holds for this page. */ }
}

/** say is a text in the reader's language, with values in the places of {name}. */
function say(key, values) {
  const text = allWords[settings.language][key] ?? allWords.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => (values && name in values ? String(values[name]) : place));
}

const nothing = "–";
const tag = () => (settings.language === "zh" ? "zh-CN" : settings.language);
const count = (n) => new Intl.NumberFormat(tag()).format(n);
function decimal(v, digits) {
  return v === null || v === undefined ? nothing : new Intl.NumberFormat(tag(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v);
}
function percent(v, digits = 1) {
  return v === null || v === undefined ? nothing : new Intl.NumberFormat(tag(), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v);
}

/** className is what a class is called. */
function className(i) {
  return i < 0 ? say("class.unknown") : report.labels[i] ?? say("class.number", { n: i });
}

function chooseLanguage(code) {
  settings.language = allWords[code] ? code : "en";
  document.documentElement.lang = tag();
}

/** themes are those of the button, in turn; the first follows the system. */
const themes = ["", "light", "dark"];
function chooseTheme(name) {
  settings.theme = themes.includes(name) ? name : "";
  if (settings.theme) document.documentElement.dataset.theme = settings.theme;
  else delete document.documentElement.dataset.theme;
}

/** tools fills the language's list and the theme's button. */
function tools() {
  const list = byId("language");
  list.replaceChildren(...Object.keys(allWords).sort().map((code) => element("option", { value: code, lang: code, selected: code === settings.language }, allWords[code]["language.name"])));
  byId("theme").textContent = say("theme." + (settings.theme || "system"));
  byId("theme").title = say("theme");
  for (const e of document.querySelectorAll("[data-say]")) e.textContent = say(e.dataset.say);
}
