import { LIMITS } from "../limits.ts";

/** A text of a config file as a message shows it: in quotation marks, cut, and with nothing a terminal would act on. */
export function shownText(text: string): string {
  const short = text.length > LIMITS.configExcerpt ? `${text.slice(0, LIMITS.configExcerpt)}...` : text;
  return JSON.stringify(short).replace(/[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
}
