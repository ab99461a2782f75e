import { list } from "./composites.ts";
import type { SettingType } from "./schema.ts";

/** One value, or a list of them. It is read as a list. */
export function oneOrList<T, S>(
  element: SettingType<T, S>,
  elements: string,
): SettingType<readonly T[], readonly (S | undefined)[]> {
  const many = list(element, elements);
  return {
    expected: `${element.expected}, or ${many.expected}`,
    schema: { anyOf: [element.schema, many.schema] },
    element,
    read(value, path, context) {
      if (Array.isArray(value)) return many.read(value, path, context);
      return [element.read(value, path, context)];
    },
  };
}
