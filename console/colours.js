// The brand's colours, as far as they can be read: letters on the accent are black or white,
// whichever is further from it.

export function coloured(brand) {
  const accent = brand?.colours?.accent;
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(accent ?? "");
  if (!parts) return;
  const [red, green, blue] = parts.slice(1).map((pair) => linear(parseInt(pair, 16) / 255));
  // WCAG 2.2: contrast is (lighter + 0.05) / (darker + 0.05).
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const root = document.documentElement.style;
  root.setProperty("--accent", accent);
  root.setProperty("--on-accent", 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#fff" : "#000");
}

function linear(part) {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
