import { quoteFile } from "./quote.ts";

/**
 * Returns the position of an offset in the text of a file: `config.json:1:27`. Line and column count from 1; a column is
 * a UTF-16 code unit, as editors count them. Finds ascending offsets in one pass: there may be a million lines.
 */
export function positions(file: string, text: string): (offset: number) => string {
  const shown = quoteFile(file);
  let line = 1;
  let start = 0;
  return (offset) => {
    if (offset < start) [line, start] = [1, 0];
    for (let end = text.indexOf("\n", start); end !== -1 && end < offset; end = text.indexOf("\n", start)) {
      line += 1;
      start = end + 1;
    }
    return `${shown}:${line}:${offset - start + 1}`;
  };
}
