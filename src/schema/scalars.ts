import { found, isObject, textSchema, typeName, type Kind, type Schema } from "./schema.ts";
import { nearest } from "../text/suggest.ts";

/**
 * A string that the test accepts. Like all strings it may stand outside of the file. `was` completes "must be ...,
 * was ..." for a value that is refused.
 */
export function text(
  expected: string,
  accepts: RegExp | ((value: string) => boolean),
  was: (value: unknown) => string = found,
): Kind<string> {
  const pattern = accepts instanceof RegExp ? accepts : null;
  const test = accepts instanceof RegExp ? (value: string) => accepts.test(value) : accepts;
  return textLeaf({
    expected,
    schema: { type: "string", ...(pattern && { pattern: pattern.source }) },
    accepts: (value): value is string => typeof value === "string" && test(value),
    was,
  });
}

/** A string that is never shown; `fault` says what is wrong with it ("it ...") without showing it. */
export function secret(
  expected: string,
  pattern: RegExp,
  fault: (value: string) => string | null,
): Kind<string> {
  const kind = textLeaf({
    expected,
    schema: { type: "string", pattern: pattern.source },
    accepts: (value): value is string => typeof value === "string" && fault(value) === null,
    was: (value) => {
      if (value === "") return "an empty string";
      return typeof value === "string" ? `a string that ${fault(value)}` : typeName(value);
    },
    wrong: (value) => fault(value) ?? "is not",
  });
  return { ...kind, secret: true };
}

/** Any string at all, in the file itself. */
export const anyText: Kind<string> = leaf({
  expected: "a string",
  schema: { type: "string" },
  accepts: (value): value is string => typeof value === "string",
  was: found,
});

/** A number without a fraction, from `min` to `max`. */
export function integer(expected: string, min: number, max: number): Kind<number> {
  return leaf({
    expected,
    schema: { type: "integer", minimum: min, maximum: max },
    accepts: (value): value is number =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max,
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

/** True or false. */
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
