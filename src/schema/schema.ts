import type { Path } from "../json/parse-json.ts";
import { quote } from "../text/quote.ts";

/**
 * Takes what is wrong with the value at a path: a text that follows the name of the setting. With `"name"` the name
 * there is no setting, and the text follows `unknown setting "NAME"`.
 */
export type Report = (path: Path, text: string, of?: "value" | "name") => void;

/** A text that stands outside of the config file. It may be a secret: no message shows it. */
export interface ResolvedReference {
  readonly text: string;
  /** Where it stands, for messages: `the environment variable GATE_TOKEN`. */
  readonly source: string;
  /** The permission bits of its file; null for a variable. */
  readonly mode: number | null;
}

/** What a value is read with. */
export interface ReadContext {
  readonly report: Report;
  /**
   * Gives the text that `{"env": "NAME"}` or `{"file": "PATH"}` stands for, of at most so many bytes. Reports
   * why there is none; `expected` says what the setting must be.
   */
  readonly outside: (
    given: object,
    path: Path,
    expected: string,
    max?: number,
  ) => ResolvedReference | undefined;
  /** All settings, to find where one belongs that stands in the wrong place. */
  readonly root?: Properties;
}

/** A schema or a part of one, in the terms of JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a setting may be. */
export interface SettingType<T> {
  /** Completes "must be ...". */
  readonly expected: string;
  /** The same as far as JSON Schema can say it. What it refuses is reported, here or where the value is used. */
  readonly schema: Schema;
  /** Gives the value as it is used. Reports all that is wrong with it; what is then given is of no use by itself. */
  read(value: unknown, path: Path, context: ReadContext): T | undefined;
  /** Tells whether a value is used as it is; only of types that never change one. */
  accepts?(value: unknown): value is T;
  /** Whether a value must not be shown. */
  readonly secret?: true;
  /** The members of an object. */
  readonly properties?: Properties;
  /** The type of a list's elements. */
  readonly element?: SettingType<unknown>;
}

/** One setting: what it may be, what it is when left out (undefined: it can't be), and what it does. */
export interface Setting<T> {
  readonly type: SettingType<T>;
  readonly default: T | undefined;
  readonly about: string;
}

/** The settings of an object. */
export type Properties = { readonly [name: string]: Setting<unknown> };

/** What the members of an object are once read. */
export type Values<M extends Properties> = {
  readonly [N in keyof M]: M[N] extends Setting<infer T> ? T : never;
};

/** A setting that has a value when it is left out. */
export function optional<T>(type: SettingType<T>, defaultValue: NoInfer<T>, about: string): Setting<T> {
  return { type, default: defaultValue, about };
}

/** A setting that can't be left out. */
export function required<T>(type: SettingType<T>, about: string): Setting<T> {
  return { type, default: undefined, about };
}

/** A setting that is null when it is left out. */
export function absent<T>(type: SettingType<T>, about: string): Setting<T | null> {
  return { type, default: null, about };
}

/** The schema of a string that may stand outside of the file. */
export function textSchema(inside: Schema): Schema {
  return { anyOf: [inside, { $ref: "#/$defs/env" }, { $ref: "#/$defs/file" }] };
}

/** Whether a value is an object in the sense of JSON. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: short, and without what a list or an object holds. */
export function found(value: unknown): string {
  // Put in a place it is not for, it may be a key.
  if (typeof value === "string") return value.includes("-----BEGIN") ? "a PEM string" : quote(value);
  return typeof value === "object" && value !== null ? typeName(value) : String(value);
}

/** The type of a value, for messages. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
