import type { Row } from "./row.ts";

/** A bar chart of rows: requests a second, ours in a colour of its own. */
export function chart(rows: readonly Row[], ours: readonly string[]): string {
  const width = 760;
  const bar = 20;
  const label = 150;
  const parts: string[] = [];
  let y = 10;
  for (const { title, results } of rows) {
    y += 22;
    parts.push(`<text x="10" y="${y}" class="title">${escaped(title)}, requests a second</text>`);
    y += 10;
    const max = Math.max(...results.map(({ median }) => median));
    for (const { name, median } of results.toSorted((one, other) => other.median - one.median)) {
      const length = Math.max(1, (median / max) * (width - label - 90));
      const middle = y + bar / 2 + 4;
      parts.push(
        `<text x="${label - 6}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
        `<rect x="${label}" y="${y + 2}" width="${length.toFixed(0)}" height="${bar - 4}" class="${ours.includes(name) ? "ours" : "other"}"/>`,
        `<text x="${(label + length + 6).toFixed(0)}" y="${middle}">${Math.round(median).toLocaleString("en-US")}</text>`,
      );
      y += bar;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 14}" viewBox="0 0 ${width} ${y + 14}" role="img">
<style>text{font:12px sans-serif;fill:#444}.title{font-weight:bold}.ours{fill:#d9480f}.other{fill:#adb5bd}</style>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
