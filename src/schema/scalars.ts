import { suggest } from "../text/suggest.ts";
import type { Found, Message } from "./problem.ts";
import { isObject, typeName, type Schema, type SettingType } from "./schema.ts";
import { stringSchema } from "./secret-reference.ts";

/**
 * A string that the test accepts; like all strings it may be outside of the file. `hint` says more about a value that is
 * refused.
 */
export function text(
  expected: string,
  accepts: RegExp | ((value: string) => boolean),
  hint?: (value: unknown) => string | null,
): SettingType<string> {
  const pattern = accepts instanceof RegExp ? accepts : null;
  const test = accepts instanceof RegExp ? (value: string) => accepts.test(value) : accepts;
  return stringType({
    expected,
    schema: { type: "string", ...(pattern && { pattern: pattern.source }) },
    accepts: (value): value is string => typeof value === "string" && test(value),
    found: (value) => ({ value, hint: hint?.(value) ?? null }),
  });
}

/** A string that no problem of its own shows; `fault` says what is wrong with it ("it ...") without showing it. */
export function hidden(
  expected: string,
  pattern: RegExp,
  fault: (value: string) => string | null,
): SettingType<string> {
  return stringType({
    expected,
    schema: { type: "string", pattern: pattern.source },
    accepts: (value): value is string => typeof value === "string" && fault(value) === null,
    found: (value) => {
      if (value === "") return { description: "an empty string" };
      return { description: typeof value === "string" ? `a string that ${fault(value)}` : typeName(value) };
    },
    wrong: (value) => fault(value) ?? "is not",
  });
}

/** A string that no problem of any setting shows. */
export function secret(...options: Parameters<typeof hidden>): SettingType<string> {
  return { ...hidden(...options), secret: true };
}

/** Any string at all, in the file itself. */
export const anyText: SettingType<string> = scalar({
  expected: "a string",
  schema: { type: "string" },
  accepts: (value): value is string => typeof value === "string",
});

/** A number without a fraction, from `min` to `max`. */
export function integer(expected: string, min: number, max: number): SettingType<number> {
  return scalar({
    expected,
    schema: { type: "integer", minimum: min, maximum: max },
    accepts: (value): value is number =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max,
  });
}

/** A time in seconds, fractions included, of at least `min` and at most `max`. */
export function seconds(max: number, min = 0): SettingType<number> {
  return scalar({
    expected: `a number of seconds from ${min} to ${max}`,
    schema: { type: "number", minimum: min, maximum: max },
    accepts: (value): value is number => typeof value === "number" && value >= min && value <= max,
  });
}

/** True or false. */
export const boolean: SettingType<boolean> = scalar({
  expected: "true or false",
  schema: { type: "boolean" },
  accepts: (value): value is boolean => typeof value === "boolean",
});

/** One of these words. */
export function oneOf<const W extends string>(words: readonly W[]): SettingType<W> {
  return stringType({
    expected: `one of ${words.map((word) => JSON.stringify(word)).join(", ")}`,
    schema: { type: "string", enum: words },
    accepts: (value): value is W => words.includes(value as W),
    found: (value) => {
      const near = typeof value === "string" ? suggest(value, words) : null;
      return { value, hint: near && `did you mean ${JSON.stringify(near)}?` };
    },
  });
}

interface Scalar<T> {
  readonly expected: string;
  readonly schema: Schema;
  readonly accepts: (value: unknown) => value is T;
  readonly found?: (value: unknown) => Found;
}

interface StringType<T> extends Scalar<T> {
  /** Completes "what the file gate.token holds ..." without showing it. */
  readonly wrong?: (value: string) => string;
}

function stringType<T extends string>({ wrong = () => "is not", ...inFile }: StringType<T>): SettingType<T> {
  const { expected, accepts } = inFile;
  const type = scalar(inFile);
  return {
    ...type,
    schema: stringSchema(type.schema),
    read(value, path, context) {
      if (!isObject(value)) return type.read(value, path, context);
      const reference = context.resolve(value, path, expected);
      if (reference === undefined) return undefined;
      const { text, source } = reference;
      if (accepts(text)) return text;
      const explanation: Message = ["what ", source, ` holds ${wrong(text)}`];
      return void context.report({ path, expected, found: { explanation } });
    },
  };
}

function scalar<T>({ found = (value) => ({ value }), ...type }: Scalar<T>): SettingType<T> {
  return {
    ...type,
    read(value, path, { report }) {
      if (type.accepts(value)) return value;
      return void report({ path, expected: type.expected, found: found(value) });
    },
  };
}
