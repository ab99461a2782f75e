import type { Message } from "./problem.ts";
import { foundInstead, isObject, type SettingType } from "./schema.ts";

/** Options for `record`. */
export interface RecordOptions {
  /** Completes "must be ...". */
  readonly expected: string;
  /** What every name matches. */
  readonly names: RegExp;
  /** What else is wrong with a name, given those before it; completes `SETTING ...`. Null if nothing is. */
  readonly fault: (name: string, before: readonly string[]) => Message | null;
  /** The maximum number of properties. */
  readonly max: number;
}

/** An object whose properties may have any name, and have values of one type. */
export function record<T, S>(
  values: SettingType<T, S>,
  { expected, names, fault, max }: RecordOptions,
): SettingType<Readonly<Record<string, T>>, Readonly<Record<string, S | undefined>>> {
  return {
    expected,
    schema: {
      type: "object",
      propertyNames: { pattern: names.source },
      additionalProperties: values.schema,
      maxProperties: max,
    },
    values,
    read(value, path, context) {
      if (!isObject(value)) return void context.report({ path, expected, found: foundInstead(value) });
      const given = Object.entries(value);
      if (given.length > max) {
        return void context.report({
          path,
          text: `has ${given.length} properties; at most ${max} are allowed`,
        });
      }
      const before: string[] = [];
      const read = given.map(([name, one]) => {
        const at = [...path, name];
        const text = names.test(name) ? fault(name, before) : "is not a valid name";
        before.push(name);
        if (text !== null) return void context.report({ path: at, text });
        return [name, values.read(one, at, context)] as const;
      });
      return Object.fromEntries(read.filter((one) => one !== undefined));
    },
  };
}
