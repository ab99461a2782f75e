import type { TokenView } from "./token-index.ts";

/** Two indexes as one. A token that is in both has the record of the first; it is counted and visited twice. */
export function layeredIndex(first: TokenView, second: TokenView): TokenView {
  return {
    get size() {
      return first.size + second.size;
    },
    find: (digest) => first.find(digest) ?? second.find(digest),
    visit(visitor) {
      first.visit(visitor);
      second.visit(visitor);
    },
  };
}
