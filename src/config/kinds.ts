import { LIMITS } from "../limits.ts";
import type { Path } from "./json-text.ts";
import { nearest } from "./nearest.ts";
import { shownText } from "./shown-text.ts";

/** Takes what is wrong with the value at a path; with `"name"`, with the name of the member there. */
export type Report = (path: Path, text: string, of?: "value" | "name") => void;

/** What a setting may be. */
export interface Kind<T> {
  /** Completes "must be ...". */
  readonly expected: string;
  /** Gives the value as it is used. Reports all that is wrong with it; what is then given is of no use by itself. */
  read(value: unknown, path: Path, report: Report): T | undefined;
  /** Tells whether a value is used as it is; only of kinds that never change one. */
  accepts?(value: unknown): value is T;
  /** The members of an object. */
  readonly members?: Members;
  /** The kind of a list's elements. */
  readonly element?: Kind<unknown>;
}

/** One setting: what it may be, what it is when left out (undefined: it can't be), and what it does. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly fallback: T | undefined;
  readonly about: string;
}

type Members = { readonly [name: string]: Setting<unknown> };

/** What the members of an object are once read. */
export type Values<M extends Members> = {
  readonly [N in keyof M]: M[N] extends Setting<infer T> ? T : never;
};

/** A setting that has a value when it is left out. */
export function optional<T>(kind: Kind<T>, fallback: NoInfer<T>, about: string): Setting<T> {
  return { kind, fallback, about };
}

/** A setting that can't be left out. */
export function required<T>(kind: Kind<T>, about: string): Setting<T> {
  return { kind, fallback: undefined, about };
}

/** An object that may be left out, when each of its members has its own fallback. */
export function group<M extends Members>(members: M, about: string): Setting<Values<M>> {
  return { kind: object(members), fallback: undefined, about };
}

/** A text that the test accepts. */
export function text(expected: string, accepts: (value: string) => boolean): Kind<string> {
  return leaf(expected, (value): value is string => typeof value === "string" && accepts(value), found);
}

/** A text whose value is never shown; `fault` says what is wrong with it without showing it. */
export function secret(expected: string, fault: (value: string) => string | null): Kind<string> {
  return leaf(
    expected,
    (value): value is string => typeof value === "string" && fault(value) === null,
    (value) => (typeof value === "string" ? (fault(value) ?? "") : typeName(value)),
  );
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): Kind<number> {
  return leaf(
    `a whole number of at least ${least}`,
    (value): value is number => Number.isSafeInteger(value) && (value as number) >= least,
    found,
  );
}

/** A number without a fraction, whatever its size. */
export function integer(expected: string): Kind<number> {
  return leaf(expected, (value): value is number => Number.isSafeInteger(value), found);
}

/** One of these words. */
export function oneOf<const W extends string>(words: readonly W[]): Kind<W> {
  const quoted = words.map((word) => JSON.stringify(word)).join(", ");
  return leaf(
    `one of ${quoted}`,
    (value): value is W => words.includes(value as W),
    (value) => {
      const near = typeof value === "string" ? nearest(value, words) : null;
      return near === null ? found(value) : `${found(value)}; did you mean ${JSON.stringify(near)}?`;
    },
  );
}

/** A list of any length, of one kind of element. */
export function list<T>(element: Kind<T>, elements: string): Kind<readonly T[]> {
  const expected = `a list of ${elements}`;
  return {
    expected,
    element,
    read(value, path, report) {
      if (!Array.isArray(value)) return void report(path, `must be ${expected}, was ${typeName(value)}`);
      let sound = true;
      const read: T[] = [];
      for (let index = 0; index < value.length; index += 1) {
        const one: unknown = value[index];
        // A path of its own for each of a million sound elements would be dear.
        const given = element.accepts?.(one) ? one : element.read(one, [...path, index], report);
        if (given === undefined) sound = false;
        else read.push(given);
      }
      return sound ? read : undefined;
    },
  };
}

/** An object with these members and no others. */
export function object<M extends Members>(members: M): Kind<Values<M>> {
  return {
    expected: "an object",
    members,
    read(value, path, report) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return void report(path, `must be an object, was ${found(value)}`);
      }
      const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
      for (const [index, name] of unknown.entries()) {
        // To look for the nearest name is dear, and no more problems than these are shown.
        const text = index < LIMITS.configProblems ? unknownText(name, members, path) : "is no setting";
        report([...path, name], text, "name");
      }
      const given = value as Record<string, unknown>;
      const read = Object.entries(members).map(([name, { kind, fallback }]) => {
        const at = [...path, name];
        // After a problem the fallback stands in, so that what is wrong elsewhere is found as well.
        const instead = () => fallback ?? (kind.members && kind.read({}, at, () => {}));
        if (Object.hasOwn(given, name)) return [name, kind.read(given[name], at, report) ?? instead()];
        if (fallback !== undefined) return [name, fallback];
        if (kind.members) return [name, kind.read({}, at, report)];
        report(at, `is missing; it must be ${kind.expected}`);
        return [name, undefined];
      });
      return Object.fromEntries(read) as Values<M>;
    },
  };
}

function leaf<T>(
  expected: string,
  accepts: (value: unknown) => value is T,
  was: (value: unknown) => string,
): Kind<T> {
  return {
    expected,
    accepts,
    read(value, path, report) {
      if (accepts(value)) return value;
      return void report(path, `must be ${expected}, was ${was(value)}`);
    },
  };
}

function unknownText(name: string, members: Members, path: Path): string {
  const near = nearest(name, Object.keys(members));
  if (near !== null) return `is no setting; did you mean ${JSON.stringify(near)}?`;
  const below = pathBelow(name, members);
  if (below !== null) return `is no setting here; did you mean ${[...path, below].join(".")}?`;
  return `is no setting; here may stand ${Object.keys(members).join(", ")}`;
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

/** A value as a message shows it: short, and without what a list or an object holds. */
function found(value: unknown): string {
  if (typeof value === "string") return shownText(value);
  return typeof value === "object" && value !== null ? typeName(value) : String(value);
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
