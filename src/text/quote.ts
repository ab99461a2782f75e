import { LIMITS } from "../limits.ts";

/** Quotes a text for a message: in quotation marks, cut at `max` characters, without what controls a terminal. */
export function quote(text: string, max: number = LIMITS.configExcerpt): string {
  const short = text.length > max ? `${text.slice(0, max)}...` : text;
  return JSON.stringify(short).replace(/[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
}

/** Quotes a text unless it is one short word of visible ASCII. */
export function quoteWord(text: string, max: number = LIMITS.configExcerpt): string {
  return text.length <= max && /^[\x21-\x7e]+$/.test(text) ? text : quote(text, max);
}

/** Quotes the name of a file like a word, but never cuts it, so that it can be copied. */
export function quoteFile(file: string): string {
  return quoteWord(file, Infinity);
}
