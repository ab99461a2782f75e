import { LIMITS } from "../../limits.ts";

/** How a row of a table is shown on a terminal with colours. */
export type Accent = "bold" | "yellow" | "dim";

/** A row of a table: a text for each column. */
export interface Row {
  readonly cells: readonly string[];
  readonly accent?: Accent | null;
}

/**
 * The lines of a table. `aligned` is for a terminal: columns are aligned, long texts cut. Otherwise tabs separate the
 * columns, and nothing is cut. Control characters are shown as `?`, because other programs may write to a store.
 */
export function* tableLines(
  rows: readonly Row[],
  { aligned, coloured }: { readonly aligned: boolean; readonly coloured: boolean },
): Generator<string> {
  const shown = (text: string) => (aligned ? cut(shownText(text)) : shownText(text));
  const widths: number[] = [];
  if (aligned) {
    for (const { cells } of rows) {
      cells.forEach((text, at) => (widths[at] = Math.max(widths[at] ?? 0, Bun.stringWidth(shown(text)))));
    }
  }
  for (const { cells, accent } of rows) {
    const texts = cells.map((text, at) => (aligned ? padded(shown(text), widths[at] ?? 0) : shown(text)));
    const line = aligned ? texts.join("  ").trimEnd() : texts.join("\t");
    yield coloured && accent ? `${COLOURS[accent]}${line}${RESET}\n` : `${line}\n`;
  }
}

/** A text without characters that control a terminal or the direction of writing. */
export function shownText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, "?");
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
}

function cut(text: string): string {
  if (Bun.stringWidth(text) <= LIMITS.tableText) return text;
  let short = "";
  for (const character of text) {
    if (Bun.stringWidth(short + character) >= LIMITS.tableText) break;
    short += character;
  }
  return `${short}…`;
}

const COLOURS: Readonly<Record<Accent, string>> = { bold: "\x1b[1m", yellow: "\x1b[33m", dim: "\x1b[2m" };
const RESET = "\x1b[0m";
