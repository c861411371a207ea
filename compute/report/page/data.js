// The data beside the page. A page from the disk may load scripts only, so each file calls
// gazeReport with its name and its value.

/** report has the figures, and pictures a column for each thing known of every picture. */
let report, pictures;

const waiting = new Map();
const kept = new Map();
/** keptPages bounds how many files of details stay in memory. */
const keptPages = 20;

function received(name, value) {
  waiting.get(name)?.(value);
  waiting.delete(name);
}

/** load returns the promise of a file's value. */
function load(name) {
  return new Promise((resolve, reject) => {
    waiting.set(name, resolve);
    const script = element("script", { src: dataFolder + "/" + name + ".js" });
    script.onerror = () => reject(new Error(name));
    script.onload = () => {
      script.remove();
      // A file that was cut short calls nobody.
      if (waiting.delete(name)) reject(new Error(name));
    };
    document.head.append(script);
  });
}

/** detailOf returns the promise of what is known of one picture. */
async function detailOf(i) {
  const name = "details-" + String(Math.floor(i / report.pageSize)).padStart(4, "0");
  if (!kept.has(name)) {
    if (kept.size >= keptPages) kept.delete(kept.keys().next().value);
    kept.set(name, load(name));
  }
  try {
    return (await kept.get(name))[i % report.pageSize];
  } catch {
    kept.delete(name);
    return {};
  }
}

const fileOf = (i) => (pictures.folders[pictures.folder[i]] ? pictures.folders[pictures.folder[i]] + "/" : "") + pictures.name[i];

/** thumbOf is the address of a picture's thumbnail, empty for none. */
function thumbOf(i) {
  const own = pictures.thumbs[i];
  if (own !== undefined) return own;
  return "./" + (pictures.prefix + fileOf(i) + pictures.suffix).split("/").map(encodeURIComponent).join("/");
}

/** States of a picture, as the data has them. */
const failed = 0, unjudged = 1, right = 2, wrong = 3;

const confidenceOf = (i) => (pictures.confidence[i] < 0 ? null : pictures.confidence[i] / 1e4);
const marginOf = (i) => (pictures.margin[i] < 0 ? null : pictures.margin[i] / 1e4);
