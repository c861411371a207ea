// Mean maps in colours.

/** meanMap draws a mean map in a square, or says that there is none. */
function meanMap(map, side, label) {
  if (!map) return element("span", { class: "nomap", style: `width:${side}px;height:${side}px` }, nothing);
  const canvas = element("canvas", { width: side, height: side, role: "img", "aria-label": label, title: label });
  paint(canvas, bytes(map.values), report.mapWidth, report.mapHeight, bytes(report.colours));
  return canvas;
}

const decodedBytes = new Map();
/** bytes decodes base64. The colours are asked for often. */
function bytes(text) {
  let list = decodedBytes.get(text);
  if (!list) {
    list = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    if (decodedBytes.size < 500) decodedBytes.set(text, list);
  }
  return list;
}

/** paint interpolates values bilinearly, and colours them afterwards. The largest value has
    the last colour, as in every picture of a map. */
function paint(canvas, values, width, height, colours) {
  const largest = Math.max(1, ...values);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const between = (p, pixels, n) => {
    const u = Math.min(n - 1, Math.max(0, ((p + 0.5) * n) / pixels - 0.5));
    const a = Math.floor(u);
    return [a, Math.min(a + 1, n - 1), u - a];
  };
  for (let y = 0; y < canvas.height; y++) {
    const [y0, y1, v] = between(y, canvas.height, height);
    for (let x = 0; x < canvas.width; x++) {
      const [x0, x1, u] = between(x, canvas.width, width);
      const above = values[y0 * width + x0] * (1 - u) + values[y0 * width + x1] * u;
      const below = values[y1 * width + x0] * (1 - u) + values[y1 * width + x1] * u;
      const level = 3 * Math.round(((above * (1 - v) + below * v) * 255) / largest);
      image.data.set([colours[level], colours[level + 1], colours[level + 2], 255], 4 * (y * canvas.width + x));
    }
  }
  context.putImageData(image, 0, 0);
}

/** captioned is a mean map with what it is of. */
function captioned(map, key, values, side = 120) {
  const label = say(key, values);
  return element("figure", { class: "map" }, meanMap(map, side, label),
    element("figcaption", {}, label, map ? element("small", {}, say("maps.of", { n: count(map.pictures) })) : null));
}
