import type { Path } from "../json/parse-json.ts";
import type { SecretReference } from "./secret-reference.ts";
import type { Properties } from "./schema.ts";

/**
 * Something wrong with a setting, as data. Only `problemText` makes a text of it, and decides which values it shows.
 */
export type Problem = WrongValue | UnknownSetting | Remark;

/** A setting has a value that it can't have: `SETTING must be EXPECTED, was FOUND`. */
export interface WrongValue {
  readonly path: Path;
  /** Completes "must be ...". */
  readonly expected: Message;
  readonly found: Found;
}

/**
 * What is there instead: nothing, a value with a hint made of it, a description that shows no value, or an explanation
 * that follows a semicolon.
 */
export type Found =
  | "nothing"
  | { readonly value: unknown; readonly hint?: string | null }
  | { readonly description: string }
  | { readonly explanation: Message };

/** The last name of the path is not a setting: `unknown setting "NAME" in GROUP`. */
export interface UnknownSetting {
  readonly path: Path;
  /** The settings in whose place it is. */
  readonly allowed: Properties;
}

/** Anything else: `SETTING TEXT`. */
export interface Remark {
  readonly path: Path;
  readonly text: Message;
  /** Where it is in the text of the file, unless at the value of the setting. */
  readonly offset?: number;
}

/** A text whose strings are the program's own; all that comes from a config is in parts of their own. */
export type Message = string | readonly (string | ShownValue | SecretReference)[];

/** A value of the config in a message. */
export interface ShownValue {
  /** The setting that has it. */
  readonly at: Path;
  readonly value: string;
  /** What is shown for it, and only where no part of the value is secret; by default the value. */
  readonly text?: string;
}

/** Receives a problem. */
export type Report = (problem: Problem) => void;
