import { LIMITS } from "../limits.ts";

/** A text of the user's as a message shows it: in quotation marks, cut, and with nothing a terminal would act on. */
export function quote(text: string, max: number = LIMITS.configExcerpt): string {
  const short = text.length > max ? `${text.slice(0, max)}...` : text;
  return JSON.stringify(short).replace(/[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
}

/** The same, but as it is where it is one plain word; cut only where it is longer than `max`. */
export function quoteWord(text: string, max: number = LIMITS.configExcerpt): string {
  return text.length <= max && /^[\x21-\x7e]+$/.test(text) ? text : quote(text, max);
}

/** A file name, whole, so that it can be copied from a message. */
export function quoteFile(file: string): string {
  return quoteWord(file, Infinity);
}
