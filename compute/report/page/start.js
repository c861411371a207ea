// The page's beginning: it loads the data and fills the sections.

const sections = { overview, pictures: () => { filters(); showPictures(); }, confusion, classes, calibration, run };

/** show fills all sections, as after another language was chosen. */
function show() {
  tools();
  for (const [name, fill] of Object.entries(sections)) {
    byId(name).hidden = false;
    fill();
  }
  const setting = (name) => (report.settings ?? []).find((s) => s.Name === name)?.Value;
  byId("subtitle").textContent = ["network", "layer", "method"].map(setting).filter(Boolean).join(" · ");
  byId("nav").setAttribute("aria-label", say("nav"));
  byId("nav").replaceChildren(...Object.keys(sections).filter((s) => !byId(s).hidden).map((s) => element("a", { href: "#" + s }, say(s))));
}

async function start() {
  const asked = stored("language") ?? ((navigator.language || "").startsWith("zh") ? "zh" : "en");
  chooseLanguage(asked);
  chooseTheme(stored("theme") ?? "");
  tools();
  byId("language").addEventListener("change", (event) => {
    chooseLanguage(event.target.value);
    store("language", settings.language);
    if (report) show();
    else tools();
  });
  byId("theme").addEventListener("click", () => {
    chooseTheme(themes[(themes.indexOf(settings.theme) + 1) % themes.length]);
    store("theme", settings.theme);
    tools();
  });
  try {
    // The data calls gazeReport, which is there once this script has run.
    await Promise.resolve();
    [pictures, report] = await Promise.all([load("pictures"), load("figures")]);
  } catch {
    byId("loading").dataset.say = "missing";
    tools();
    return;
  }
  report.cells ??= [];
  report.classes ??= [];
  outlierScores = new Map((report.outliers ?? []).map((o) => [o.picture, o.score]));
  byId("loading").remove();
  fromAddress();
  show();
  if (location.hash) byId(location.hash.slice(1).split("?")[0])?.scrollIntoView();
  addEventListener("hashchange", () => {
    // The links above lead to sections; only a view has a question mark.
    if (!location.hash.includes("?")) return;
    fromAddress();
    showPictures();
  });
  document.documentElement.dataset.ready = "yes";
}
