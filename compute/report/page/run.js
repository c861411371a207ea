// How the run was made, and the files that were slow or failed.

function run() {
  const link = (i) => element("button", { type: "button", click: () => look(i, [i]) }, fileOf(i));
  const parts = [element("h2", {}, say("run")), element("dl", { class: "settings" }, (report.settings ?? []).flatMap((s) => [
    element("dt", {}, allWords.en["setting." + s.Name] ? say("setting." + s.Name) : s.Name), element("dd", {}, s.Value)]))];
  const failures = report.failures ?? [];
  if (failures.length) {
    const all = pictures.state.filter((s) => s === failed).length;
    parts.push(element("h3", {}, say("run.failed")), headed([{ say: "run.file" }, { say: "run.reason" }], failures.map((f) =>
      element("tr", {}, element("td", {}, link(f.picture)), element("td", {}, f.reason)))));
    if (all > failures.length) parts.push(element("button", { type: "button", class: "more", click: () => only({ show: "failed" }) }, say("run.failed.all", { n: count(all) })));
  }
  const slowest = (report.slowest ?? []).slice(0, 10);
  if (slowest.length) {
    parts.push(element("h3", {}, say("run.slowest")), headed([{ say: "run.file" }, { say: "run.seconds", number: true }], slowest.map((s) =>
      element("tr", {}, element("td", {}, link(s.picture)), element("td", { class: "number" }, decimal(s.seconds, 3))))),
    element("button", { type: "button", class: "more", click: () => only({ sort: "slow" }) }, say("first.more")));
  }
  byId("run").replaceChildren(...parts);
}
