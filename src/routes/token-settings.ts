import { carrierOf, hasOtherMeaning, type Carrier } from "../http/carrier.ts";
import { ERROR_FORMATS } from "../http/error-content.ts";
import { list } from "../schema/composites.ts";
import { distinct } from "../schema/distinct.ts";
import { oneOf, text } from "../schema/scalars.ts";

const carrier = text(
  '"authorization", "basic", the name of a header or "query:NAME"',
  (word) => carrierOf(word) !== null,
  (word) => {
    if (typeof word !== "string") return null;
    return hasOtherMeaning(word) ? "this header already has another use" : null;
  },
);

/** The carriers of a token in the order in which they are looked for, for the server or a route. */
export const tokenFromType = distinct(
  list(carrier, '"authorization", "basic", names of headers and "query:NAME"'),
  (word) => JSON.stringify(carrierOf(word)),
);

/** The format of refusals and faults, for the server or a route. */
export const errorFormatType = oneOf(ERROR_FORMATS);

/** The carriers that `token_from` lists. */
export function carriersOf(words: readonly string[]): Carrier[] {
  return words.map((word) => {
    const carrier = carrierOf(word);
    // The setting has been checked.
    if (carrier === null) throw new Error("token_from names no carrier");
    return carrier;
  });
}
