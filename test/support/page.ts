import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./program.ts";

/** A page of the documentation: its text, and its blocks of code in one language, in order. */
export interface Page {
  readonly text: string;
  blocks(language: string): readonly string[];
}

/** Reads a page by its name from the root of the repository. */
export function page(name: string): Page {
  const text = readFileSync(join(ROOT, name), "utf8");
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)];
  return {
    text,
    blocks: (language) => blocks.filter(([, of]) => of === language).map(([, , block]) => String(block)),
  };
}

/** A text of a page with what differs in a test, such as a port: each key, which must be there, becomes its value. */
export function replaced(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the page no longer has ${from}`);
    return before.replaceAll(from, to);
  }, text);
}
