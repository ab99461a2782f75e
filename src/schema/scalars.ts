import { found, isObject, textSchema, typeName, type SettingType, type Schema } from "./schema.ts";
import { suggest } from "../text/suggest.ts";

/**
 * A string that the test accepts. Like all strings it may stand outside of the file. `was` completes "must be ...,
 * was ..." for a value that is refused.
 */
export function text(
  expected: string,
  accepts: RegExp | ((value: string) => boolean),
  was: (value: unknown) => string = found,
): SettingType<string> {
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
): SettingType<string> {
  const type = textLeaf({
    expected,
    schema: { type: "string", pattern: pattern.source },
    accepts: (value): value is string => typeof value === "string" && fault(value) === null,
    was: (value) => {
      if (value === "") return "an empty string";
      return typeof value === "string" ? `a string that ${fault(value)}` : typeName(value);
    },
    wrong: (value) => fault(value) ?? "is not",
  });
  return { ...type, secret: true };
}

/** Any string at all, in the file itself. */
export const anyText: SettingType<string> = leaf({
  expected: "a string",
  schema: { type: "string" },
  accepts: (value): value is string => typeof value === "string",
  was: found,
});

/** A number without a fraction, from `min` to `max`. */
export function integer(expected: string, min: number, max: number): SettingType<number> {
  return leaf({
    expected,
    schema: { type: "integer", minimum: min, maximum: max },
    accepts: (value): value is number =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max,
    was: found,
  });
}

/** A time in seconds, fractions included, of at most `max`. */
export function seconds(max: number): SettingType<number> {
  return leaf({
    expected: `a number of seconds from 0 to ${max}`,
    schema: { type: "number", minimum: 0, maximum: max },
    accepts: (value): value is number => typeof value === "number" && value >= 0 && value <= max,
    was: found,
  });
}

/** True or false. */
export const boolean: SettingType<boolean> = leaf({
  expected: "true or false",
  schema: { type: "boolean" },
  accepts: (value): value is boolean => typeof value === "boolean",
  was: found,
});

/** One of these words. */
export function oneOf<const W extends string>(words: readonly W[]): SettingType<W> {
  const quoted = words.map((word) => JSON.stringify(word)).join(", ");
  return textLeaf({
    expected: `one of ${quoted}`,
    schema: { type: "string", enum: words },
    accepts: (value): value is W => words.includes(value as W),
    was: (value) => {
      const near = typeof value === "string" ? suggest(value, words) : null;
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

function textLeaf<T extends string>({ wrong = () => "is not", ...leafed }: TextLeaf<T>): SettingType<T> {
  const { expected, accepts } = leafed;
  const inside = leaf(leafed);
  return {
    ...inside,
    schema: textSchema(inside.schema),
    read(value, path, context) {
      if (!isObject(value)) return inside.read(value, path, context);
      const outside = context.outside(value, path, expected);
      if (outside === undefined) return undefined;
      const { text, source } = outside;
      if (accepts(text)) return text;
      return void context.report(path, `must be ${expected}; what ${source} holds ${wrong(text)}`);
    },
  };
}

function leaf<T>({ was, ...type }: Leaf<T>): SettingType<T> {
  return {
    ...type,
    read(value, path, { report }) {
      if (type.accepts(value)) return value;
      return void report(path, `must be ${type.expected}, was ${was(value)}`);
    },
  };
}
