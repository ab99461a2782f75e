import { LIMITS } from "../limits.ts";
import type { Path } from "../json/parse-json.ts";
import {
  found,
  isObject,
  typeName,
  type Kind,
  type Members,
  type Schema,
  type Setting,
  type Values,
} from "./schema.ts";
import { nearest } from "../text/suggest.ts";

/** A list of any length, of one kind of element. */
export function list<T>(element: Kind<T>, elements: string): Kind<readonly T[]> {
  const expected = `a list of ${elements}`;
  return {
    expected,
    schema: { type: "array", items: element.schema },
    element,
    read(value, path, reading) {
      if (!Array.isArray(value))
        return void reading.report(path, `must be ${expected}, was ${typeName(value)}`);
      const read: T[] = [];
      for (let index = 0; index < value.length; index += 1) {
        const one: unknown = value[index];
        // A path of its own for each of a million sound elements would be expensive.
        const given = element.accepts?.(one) ? one : element.read(one, [...path, index], reading);
        // A hole keeps the others in their places, for the problems that only a check of all settings finds.
        read.push(given as T);
      }
      return read;
    },
  };
}

/** An object with these members and no others. */
export function object<M extends Members>(members: M): Kind<Values<M>> {
  return {
    expected: "an object",
    schema: objectSchema(members),
    members,
    read(value, path, reading) {
      const { report } = reading;
      if (!isObject(value)) return void report(path, `must be an object, was ${found(value)}`);
      const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
      for (const [index, name] of unknown.entries()) {
        // To look for the nearest name is expensive, and no more problems than these are shown.
        const text = index < LIMITS.configProblems ? suggestion(name, members, path, reading.root) : "";
        report([...path, name], text, "name");
      }
      const given = value as Record<string, unknown>;
      const read = Object.entries(members).map(([name, { kind, fallback }]) => {
        const at = [...path, name];
        // After a problem the fallback stands in, so that what is wrong elsewhere is found as well.
        const instead = () =>
          fallback === undefined && kind.members
            ? kind.read({}, at, { ...reading, report: () => {} })
            : fallback;
        if (Object.hasOwn(given, name)) return [name, kind.read(given[name], at, reading) ?? instead()];
        if (fallback !== undefined) return [name, fallback];
        if (kind.members) return [name, kind.read({}, at, reading)];
        report(at, `is missing; it must be ${kind.expected}`);
        return [name, undefined];
      });
      return Object.fromEntries(read) as Values<M>;
    },
  };
}

/** An object that may be left out, when each of its members has its own fallback. */
export function group<M extends Members>(members: M, about: string): Setting<Values<M>> {
  return { kind: object(members), fallback: undefined, about };
}

function objectSchema(members: Members): Schema {
  const all = Object.entries(members);
  return {
    type: "object",
    properties: Object.fromEntries(all.map(([name, setting]) => [name, settingSchema(setting)])),
    required: all.filter(([, setting]) => isNeeded(setting)).map(([name]) => name),
    additionalProperties: false,
  };
}

function settingSchema({ kind, fallback, about }: Setting<unknown>): Schema {
  // Null stands for what is left out; it can't be written.
  const known = fallback === undefined || fallback === null ? {} : { default: fallback };
  return { description: about, ...known, ...kind.schema };
}

/** Whether a config without this setting has a problem. */
function isNeeded({ kind, fallback }: Setting<unknown>): boolean {
  if (fallback !== undefined) return false;
  return kind.members === undefined || Object.values(kind.members).some(isNeeded);
}

/** What may have been meant by an unknown setting, or else all that is allowed in its place. */
function suggestion(name: string, members: Members, path: Path, root: Members = {}): string {
  const near = nearest(name, Object.keys(members));
  const below = pathBelow(name, members);
  const elsewhere = Object.hasOwn(root, name) ? name : pathBelow(name, root);
  const meant = near ?? (below === null ? elsewhere : [...path, below].join("."));
  return meant === null
    ? `; settings allowed here: ${Object.keys(members).join(", ")}`
    : `; did you mean "${meant}"?`;
}

/** The way from these members to one of this name within them, or null. */
function pathBelow(name: string, members: Members): string | null {
  for (const [group, { kind }] of Object.entries(members)) {
    if (!kind.members) continue;
    const rest = Object.hasOwn(kind.members, name) ? name : pathBelow(name, kind.members);
    if (rest !== null) return `${group}.${rest}`;
  }
  return null;
}
