import type { Path } from "../json/parse-json.ts";
import type { Found, Report } from "./problem.ts";
import type { SecretReference } from "./secret-reference.ts";

/** The text that a reference in the config file stands for. No message shows it: it may be a secret. */
export interface ResolvedReference {
  /** The setting that has it. */
  readonly path: Path;
  readonly source: SecretReference;
  readonly text: string;
  /** The permission bits of its file; null for a variable. */
  readonly mode: number | null;
}

/** What a value is read with. */
export interface ReadContext {
  readonly report: Report;
  /**
   * Resolves `{"env": "NAME"}` or `{"file": "PATH"}`, to a text of at most `max` bytes. Reports why there is none;
   * `expected` says what the setting must be.
   */
  readonly resolve: (
    value: object,
    path: Path,
    expected: string,
    max?: number,
  ) => ResolvedReference | undefined;
}

/** A schema or a part of one, in the terms of JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a setting may be. T is the value without problems; S is what is sound of one that has some. */
export interface SettingType<T, S = T> {
  /** Completes "must be ...". */
  readonly expected: string;
  /** The same as far as JSON Schema can say it. What it refuses is a problem, here or where the value is used. */
  readonly schema: Schema;
  /** Reads a value as it is used, and reports all that is wrong with it. Where nothing is, the result is a T. */
  read(value: unknown, path: Path, context: ReadContext): S | undefined;
  /** Whether a value is used as it is; only of types that never change one. */
  accepts?(value: unknown): value is T & S;
  /** Whether what is read must not be shown. */
  readonly secret?: true;
  /** The part of a secret value that may be shown; by default none. */
  shown?(value: T & S): string;
  /** Whether a string is the name of the file with the value, as `{"file": "PATH"}` is. */
  readonly fileName?: true;
  /** The properties of an object. */
  readonly properties?: Properties;
  /** The type of a list's elements. */
  readonly element?: SettingType<unknown>;
  /** The type of the values of an object whose properties may have any name. */
  readonly values?: SettingType<unknown>;
}

/** One setting: what it may be, its default (undefined: it is required), and what it does. */
export interface Setting<T, S = T> {
  readonly type: SettingType<T, S>;
  readonly default: T | undefined;
  readonly about: string;
  /** Another setting of the object that makes a required one optional, and its default then. */
  readonly unless?: { readonly set: string; readonly value: T & S };
}

/** The settings of an object. */
export type Properties = { readonly [name: string]: Setting<unknown> };

/** The values of the settings of an object. */
export type Values<P extends Properties> = {
  readonly [N in keyof P]: P[N] extends Setting<infer T, infer _> ? T : never;
};

/** What is sound of the values of the settings of an object; a value with a problem is undefined. */
export type SoundValues<P extends Properties> = {
  readonly [N in keyof P]: P[N] extends Setting<infer _, infer S> ? S | undefined : never;
};

/** A setting with a default. */
export function optional<T, S>(
  type: SettingType<T, S>,
  defaultValue: NoInfer<T & S>,
  about: string,
): Setting<T, S> {
  return { type, default: defaultValue, about };
}

/** A setting without a default. */
export function required<T, S>(type: SettingType<T, S>, about: string): Setting<T, S> {
  return { type, default: undefined, about };
}

/** A setting that is required unless another one of its object, `set`, is given; then it is `value` by default. */
export function requiredUnless<T, S>(
  set: string,
  type: SettingType<T, S>,
  value: NoInfer<T & S>,
  about: string,
): Setting<T, S> {
  return { type, default: undefined, about, unless: { set, value } };
}

/** A setting that is null by default. */
export function absent<T, S>(type: SettingType<T, S>, about: string): Setting<T | null, S | null> {
  return { type, default: null, about };
}

/** The type of the setting at a path, or undefined where there is no such setting. */
export function typeAt(type: SettingType<unknown>, path: Path): SettingType<unknown> | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return type;
  const inner = typeof key === "number" ? type.element : (propertyOf(type, key)?.type ?? type.values);
  return inner && typeAt(inner, rest);
}

/** A setting of an object by its name. */
export function propertyOf({ properties }: SettingType<unknown>, name: string): Setting<unknown> | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Whether a value is an object in the sense of JSON. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in the place of an object. A string is not shown: in the wrong place, it may be a token. */
export function foundInstead(value: unknown): Found {
  return typeof value === "string" ? { description: typeName(value) } : { value };
}

/** The type of a value, for messages. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
