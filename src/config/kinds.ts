import { found, isObject, textSchema, typeName, type Kind, type Schema } from "./kind.ts";
import { nearest } from "./nearest.ts";

/** A text that the test accepts. Like all texts it may stand outside of the file. */
export function text(expected: string, accepts: RegExp | ((value: string) => boolean)): Kind<string> {
  const pattern = accepts instanceof RegExp ? accepts : null;
  const test = accepts instanceof RegExp ? (value: string) => accepts.test(value) : accepts;
  return textLeaf({
    expected,
    schema: { type: "string", ...(pattern && { pattern: pattern.source }) },
    accepts: (value): value is string => typeof value === "string" && test(value),
    was: found,
  });
}

/** A text whose value is never shown; `fault` says what is wrong with it without showing it. */
export function secret(
  expected: string,
  pattern: RegExp,
  fault: (value: string) => string | null,
): Kind<string> {
  const kind = textLeaf({
    expected,
    schema: { type: "string", pattern: pattern.source },
    accepts: (value): value is string => typeof value === "string" && fault(value) === null,
    was: (value) => (typeof value === "string" ? (fault(value) ?? "") : typeName(value)),
    wrong: (value) => `is ${fault(value)}`,
  });
  return { ...kind, secret: true };
}

/** Any text at all, in the file itself. */
export const anyText: Kind<string> = leaf({
  expected: "a text",
  schema: { type: "string" },
  accepts: (value): value is string => typeof value === "string",
  was: found,
});

/** A whole number of at least `least`. */
export function wholeNumber(least: number): Kind<number> {
  return leaf({
    expected: `a whole number of at least ${least}`,
    schema: { type: "integer", minimum: least, maximum: Number.MAX_SAFE_INTEGER },
    accepts: (value): value is number => Number.isSafeInteger(value) && (value as number) >= least,
    was: found,
  });
}

/** A number without a fraction. Its size is judged where it is used; the schema tells what will be accepted there. */
export function integer(expected: string, least: number, most: number): Kind<number> {
  return leaf({
    expected,
    schema: { type: "integer", minimum: least, maximum: most },
    accepts: (value): value is number => Number.isSafeInteger(value),
    was: found,
  });
}

/** A time in seconds, fractions included, of at most `most`. */
export function seconds(most: number): Kind<number> {
  return leaf({
    expected: `a number of seconds from 0 to ${most}`,
    schema: { type: "number", minimum: 0, maximum: most },
    accepts: (value): value is number => typeof value === "number" && value >= 0 && value <= most,
    was: found,
  });
}

/** Yes or no. */
export const yesOrNo: Kind<boolean> = leaf({
  expected: "true or false",
  schema: { type: "boolean" },
  accepts: (value): value is boolean => typeof value === "boolean",
  was: found,
});

/** One of these words. */
export function oneOf<const W extends string>(words: readonly W[]): Kind<W> {
  const quoted = words.map((word) => JSON.stringify(word)).join(", ");
  return textLeaf({
    expected: `one of ${quoted}`,
    schema: { type: "string", enum: words },
    accepts: (value): value is W => words.includes(value as W),
    was: (value) => {
      const near = typeof value === "string" ? nearest(value, words) : null;
      return near === null ? found(value) : `${found(value)}; did you mean ${JSON.stringify(near)}?`;
    },
  });
}

interface Leaf<T> {
  readonly expected: string;
  readonly schema: Schema;
  readonly accepts: (value: unknown) => value is T;
  /** Completes "must be ..., was ...". */
  readonly was: (value: unknown) => string;
}

interface TextLeaf<T> extends Leaf<T> {
  /** Completes "what the file gate.token holds ..." without showing it. */
  readonly wrong?: (value: string) => string;
}

function textLeaf<T extends string>({ wrong = () => "is not", ...leafed }: TextLeaf<T>): Kind<T> {
  const { expected, accepts } = leafed;
  const inside = leaf(leafed);
  return {
    ...inside,
    schema: textSchema(inside.schema),
    read(value, path, reading) {
      if (!isObject(value)) return inside.read(value, path, reading);
      const outside = reading.outside(value, path, expected);
      if (outside === undefined) return undefined;
      const { text, source } = outside;
      if (accepts(text)) return text;
      return void reading.report(path, `must be ${expected}; what ${source} holds ${wrong(text)}`);
    },
  };
}

function leaf<T>({ was, ...kind }: Leaf<T>): Kind<T> {
  return {
    ...kind,
    read(value, path, { report }) {
      if (kind.accepts(value)) return value;
      return void report(path, `must be ${kind.expected}, was ${was(value)}`);
    },
  };
}
