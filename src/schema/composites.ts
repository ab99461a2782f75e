import { foundInstead, isObject, typeName } from "./schema.ts";
import type { Properties, Schema, Setting, SettingType, SoundValues, Values } from "./schema.ts";

/** A list of any length, of one type of element. */
export function list<T, S>(
  element: SettingType<T, S>,
  elements: string,
): SettingType<readonly T[], readonly (S | undefined)[]> {
  const expected = `a list of ${elements}`;
  return {
    expected,
    schema: { type: "array", items: element.schema },
    element,
    read(value, path, context) {
      if (!Array.isArray(value)) {
        return void context.report({ path, expected, found: { description: typeName(value) } });
      }
      const read: (S | undefined)[] = [];
      for (let index = 0; index < value.length; index += 1) {
        const one: unknown = value[index];
        // A path for each of a million sound elements would be expensive.
        read.push(element.accepts?.(one) ? one : element.read(one, [...path, index], context));
      }
      return read;
    },
  };
}

/** A value of this type, or null, which a file can set. */
export function nullable<T, S>(type: SettingType<T, S>): SettingType<T | null, S | null> {
  return {
    ...type,
    expected: `${type.expected}, or null`,
    schema: { anyOf: [type.schema, { type: "null" }] },
    read: (value, path, context) => (value === null ? null : type.read(value, path, context)),
  };
}

/** An object with these properties and no others. */
export function object<P extends Properties>(properties: P): SettingType<Values<P>, SoundValues<P>> {
  const expected = "an object";
  return {
    expected,
    schema: objectSchema(properties),
    properties,
    read(value, path, context) {
      if (!isObject(value)) return void context.report({ path, expected, found: foundInstead(value) });
      const values = new Map<string, unknown>(Object.entries(value));
      for (const name of values.keys()) {
        if (!Object.hasOwn(properties, name)) {
          context.report({ path: [...path, name], allowed: properties });
        }
      }
      const read = Object.entries(properties).map(([name, { type, default: defaultValue, unless }]) => {
        const at = [...path, name];
        if (values.has(name)) return [name, type.read(values.get(name), at, context)];
        if (defaultValue !== undefined) return [name, defaultValue];
        if (type.properties) return [name, type.read({}, at, context)];
        if (unless && values.has(unless.set)) return [name, unless.value];
        const expected = unless ? `${type.expected}, or set ${unless.set} instead` : type.expected;
        context.report({ path: at, expected, found: "nothing" });
        return [name, undefined];
      });
      return Object.fromEntries(read) as SoundValues<P>;
    },
  };
}

/** An object that may be missing, because each of its properties has a default. */
export function group<P extends Properties>(
  properties: P,
  about: string,
): Setting<Values<P>, SoundValues<P>> {
  return { type: object(properties), default: undefined, about };
}

function objectSchema(properties: Properties): Schema {
  const all = Object.entries(properties);
  const needed = all.filter(([, setting]) => isRequired(setting));
  const either = needed.flatMap(([name, { unless }]) => (unless ? [[name, unless.set]] : []));
  const eitherSchemas = either.map((names) => ({ anyOf: names.map((name) => ({ required: [name] })) }));
  return {
    type: "object",
    properties: Object.fromEntries(all.map(([name, setting]) => [name, settingSchema(setting)])),
    required: needed.filter(([, { unless }]) => !unless).map(([name]) => name),
    ...(eitherSchemas.length > 0 && { allOf: eitherSchemas }),
    additionalProperties: false,
  };
}

function settingSchema({ type, default: defaultValue, about }: Setting<unknown>): Schema {
  // Null is the default of a setting that is absent; a file can't set it.
  const known = defaultValue === undefined || defaultValue === null ? {} : { default: defaultValue };
  return { description: about, ...known, ...type.schema };
}

/** Whether a config without this setting has a problem. */
function isRequired({ type, default: defaultValue }: Setting<unknown>): boolean {
  if (defaultValue !== undefined) return false;
  return type.properties === undefined || Object.values(type.properties).some(isRequired);
}
