/**
 * What is wrong with a string as the name of a token, a label for people, as in "it is empty"; null if nothing is. Does not
 * show it. Characters that control a terminal or the direction of writing could make a list show another token.
 */
export function labelProblem(text: string): string | null {
  if (text === "") return "is empty";
  if (text.length > MAX_LENGTH) return `has more than ${MAX_LENGTH} characters`;
  return CONTROLS.test(text) ? "contains control characters" : null;
}

const MAX_LENGTH = 200;
/** Controls, line and paragraph separators, marks of direction, and halves of a surrogate pair. */
const CONTROLS = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u;
