import { LIMITS } from "../limits.ts";
import type { Path } from "../json/parse-json.ts";
import {
  found,
  isObject,
  typeName,
  type SettingType,
  type Properties,
  type Schema,
  type Setting,
  type Values,
} from "./schema.ts";
import { suggest } from "../text/suggest.ts";

/** A list of any length, of one type of element. */
export function list<T>(element: SettingType<T>, elements: string): SettingType<readonly T[]> {
  const expected = `a list of ${elements}`;
  return {
    expected,
    schema: { type: "array", items: element.schema },
    element,
    read(value, path, context) {
      if (!Array.isArray(value))
        return void context.report(path, `must be ${expected}, was ${typeName(value)}`);
      const read: T[] = [];
      for (let index = 0; index < value.length; index += 1) {
        const one: unknown = value[index];
        // A path of its own for each of a million sound elements would be expensive.
        const given = element.accepts?.(one) ? one : element.read(one, [...path, index], context);
        // A hole keeps the others in their places, for the problems that only a check of all settings finds.
        read.push(given as T);
      }
      return read;
    },
  };
}

/** An object with these properties and no others. */
export function object<M extends Properties>(properties: M): SettingType<Values<M>> {
  return {
    expected: "an object",
    schema: objectSchema(properties),
    properties,
    read(value, path, context) {
      const { report } = context;
      if (!isObject(value)) return void report(path, `must be an object, was ${found(value)}`);
      const unknown = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
      for (const [index, name] of unknown.entries()) {
        // To look for the nearest name is expensive, and no more problems than these are shown.
        const text = index < LIMITS.configProblems ? suggestion(name, properties, path, context.root) : "";
        report([...path, name], text, "name");
      }
      const given = value as Record<string, unknown>;
      const read = Object.entries(properties).map(([name, { type, default: defaultValue }]) => {
        const at = [...path, name];
        // After a problem the default stands in, so that what is wrong elsewhere is found as well.
        const instead = () =>
          defaultValue === undefined && type.properties
            ? type.read({}, at, { ...context, report: () => {} })
            : defaultValue;
        if (Object.hasOwn(given, name)) return [name, type.read(given[name], at, context) ?? instead()];
        if (defaultValue !== undefined) return [name, defaultValue];
        if (type.properties) return [name, type.read({}, at, context)];
        report(at, `is missing; it must be ${type.expected}`);
        return [name, undefined];
      });
      return Object.fromEntries(read) as Values<M>;
    },
  };
}

/** An object that may be left out, when each of its properties has its own default. */
export function group<M extends Properties>(properties: M, about: string): Setting<Values<M>> {
  return { type: object(properties), default: undefined, about };
}

function objectSchema(properties: Properties): Schema {
  const all = Object.entries(properties);
  return {
    type: "object",
    properties: Object.fromEntries(all.map(([name, setting]) => [name, settingSchema(setting)])),
    required: all.filter(([, setting]) => isNeeded(setting)).map(([name]) => name),
    additionalProperties: false,
  };
}

function settingSchema({ type, default: defaultValue, about }: Setting<unknown>): Schema {
  // Null stands for what is left out; it can't be written.
  const known = defaultValue === undefined || defaultValue === null ? {} : { default: defaultValue };
  return { description: about, ...known, ...type.schema };
}

/** Whether a config without this setting has a problem. */
function isNeeded({ type, default: defaultValue }: Setting<unknown>): boolean {
  if (defaultValue !== undefined) return false;
  return type.properties === undefined || Object.values(type.properties).some(isNeeded);
}

/** What may have been meant by an unknown setting, or else all that is allowed in its place. */
function suggestion(name: string, properties: Properties, path: Path, root: Properties = {}): string {
  const near = suggest(name, Object.keys(properties));
  const below = pathBelow(name, properties);
  const elsewhere = Object.hasOwn(root, name) ? name : pathBelow(name, root);
  const meant = near ?? (below === null ? elsewhere : [...path, below].join("."));
  return meant === null
    ? `; settings allowed here: ${Object.keys(properties).join(", ")}`
    : `; did you mean "${meant}"?`;
}

/** The way from these properties to one of this name within them, or null. */
function pathBelow(name: string, properties: Properties): string | null {
  for (const [group, { type }] of Object.entries(properties)) {
    if (!type.properties) continue;
    const rest = Object.hasOwn(type.properties, name) ? name : pathBelow(name, type.properties);
    if (rest !== null) return `${group}.${rest}`;
  }
  return null;
}
