import type { Schema, SettingType } from "./schema.ts";

/** A list that has at least one element, and none twice. Two elements are the same if `key` returns the same for them. */
export function distinct<T extends string, S extends T>(
  type: SettingType<readonly T[], readonly (S | undefined)[]>,
  key: (element: T) => string,
): SettingType<readonly T[], readonly (S | undefined)[]> {
  return {
    ...type,
    schema: filled(type.schema),
    read(value, path, context) {
      const read = type.read(value, path, context);
      if (read?.length === 0) {
        return void context.report({ path, text: "is an empty list; name at least one" });
      }
      const firsts = new Map<string, number>();
      for (const [index, element] of (read ?? []).entries()) {
        if (element === undefined) continue;
        const first = firsts.get(key(element));
        if (first === undefined) firsts.set(key(element), index);
        else
          context.report({
            path: [...path, index],
            text: `is already at ${path.at(-1)}[${first}]; remove one of the two`,
          });
      }
      return read;
    },
  };
}

/** A schema whose lists have at least one element. */
function filled(schema: Schema): Schema {
  if (schema["type"] === "array") return { ...schema, minItems: 1 };
  const { anyOf } = schema as { readonly anyOf?: readonly Schema[] };
  return anyOf ? { ...schema, anyOf: anyOf.map(filled) } : schema;
}
