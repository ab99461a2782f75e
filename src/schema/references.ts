import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import type { Path } from "../json/parse-json.ts";
import {
  isObject,
  typeName,
  type ResolvedReference,
  type ReadContext,
  type Report,
  type Schema,
} from "./schema.ts";
import { permissionDenied } from "./permission-denied.ts";
import { readAtMost } from "./read-at-most.ts";
import { quoteFile } from "../text/quote.ts";

/** What shells take for the name of a variable; any other text may be a secret that was put there. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of a config file that stand outside of it. */
export interface OutsideValues {
  readonly read: ReadContext["outside"];
  /** What was read so far, and for which settings. */
  readonly values: readonly (ResolvedReference & { readonly path: Path })[];
  /** The absolute names of the files it was read from, or would have been; a link goes by its own name. */
  readonly files: ReadonlySet<string>;
}

/**
 * Reads values from the environment and from files, whose names count from a folder. Only regular files are read:
 * a pipe or a device may have nothing to give, or no end.
 */
export function outsideValues(folder: string, environment: Environment, report: Report): OutsideValues {
  const values: (ResolvedReference & { path: Path })[] = [];
  const files = new Set<string>();
  return {
    values,
    files,
    read(given, path, expected, max = LIMITS.secretSize) {
      const properties = Object.entries(given);
      const [by, name] = properties[0] ?? [];
      if (properties.length !== 1 || !isPlace(by)) {
        return void report(path, `must be ${expected}, was ${oddObject(properties.length)}; ${FORMS}`);
      }
      const { expected: named, accepts } = PLACES[by];
      if (typeof name !== "string" || !accepts(name)) {
        const was = typeof name === "string" ? NO_NAME : typeName(name);
        return void report([...path, by], `must be ${named}, was ${was}`);
      }
      if (by === "file") files.add(resolve(folder, name));
      const found = by === "env" ? ofVariable(environment, name) : ofFile(folder, name, max);
      const source = sourceOf({ by, name });
      if ("missing" in found) return void report(path, `needs ${source}: ${found.missing}`);
      values.push({ path, source, ...found });
      return { source, ...found };
    },
  };
}

/** A variable or a file by its name. */
export interface SecretReference {
  readonly by: keyof typeof PLACES;
  readonly name: string;
}

/** The place that a value of a config file names, or null where it names none. */
export function placeOf(value: unknown): SecretReference | null {
  const [by, name] = isObject(value) ? (Object.entries(value)[0] ?? []) : [];
  return isPlace(by) && typeof name === "string" ? { by, name } : null;
}

/** Whether a value can be the name of a file. A PEM text can't: it was put where its file should be named. */
export function isFileName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !/\0|-----BEGIN/.test(value);
}

/** The schemas of the objects that name a place, by the names `textSchema` gives them. */
export const PLACE_SCHEMAS: Readonly<Record<SecretReference["by"], Schema>> = {
  env: placeSchema("env", "The text that an environment variable holds.", {
    type: "string",
    pattern: VARIABLE.source,
  }),
  file: placeSchema(
    "file",
    "The text that a file holds; a relative name counts from the folder of the config file.",
    { type: "string", minLength: 1 },
  ),
};

/** What a message calls a place. */
export function sourceOf({ by, name }: SecretReference): string {
  return by === "env" ? `the environment variable ${name}` : `the file ${quoteFile(name)}`;
}

type Found = Pick<ResolvedReference, "text" | "mode">;

/** Why there is no text, and what to do. */
interface Missing {
  readonly missing: string;
}

function ofVariable(environment: Environment, name: string): Found | Missing {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (text === undefined) return { missing: "not set; set it where the server is started" };
  return text === "" ? { missing: "set but empty; give it a value" } : { text, mode: null };
}

function ofFile(folder: string, name: string, max: number): Found | Missing {
  try {
    // Without NONBLOCK a pipe would hold up the start until somebody writes to it.
    const fd = openSync(resolve(folder, name), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      if (stats.isDirectory()) return { missing: "a folder; name a file" };
      if (!stats.isFile()) return { missing: "a pipe or a device; name a regular file" };
      const bytes = readAtMost(fd, max);
      if (bytes === null) return { missing: `longer than ${max} bytes, the maximum` };
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
      return text === "" ? { missing: "empty; write the value into it" } : { text, mode: stats.mode & 0o777 };
    } finally {
      closeSync(fd);
    }
  } catch (fault) {
    return { missing: faultText(fault as NodeJS.ErrnoException, name) };
  }
}

function faultText(fault: NodeJS.ErrnoException, name: string): string {
  switch (fault.code) {
    case "ENOENT":
      return `no such file; create it or name another${isAbsolute(name) ? "" : FOLDER}`;
    case "EACCES":
      return permissionDenied();
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "not UTF-8; save it as UTF-8";
    default:
      return `can't be read (${fault.code ?? fault.message})`;
  }
}

function oddObject(properties: number): string {
  if (properties === 0) return "an empty object";
  return properties === 1 ? "an object with another property" : `an object with ${properties} properties`;
}

function placeSchema(by: SecretReference["by"], description: string, name: Schema): Schema {
  return {
    description,
    type: "object",
    properties: { [by]: name },
    required: [by],
    additionalProperties: false,
  };
}

function isPlace(by: string | undefined): by is SecretReference["by"] {
  return by === "env" || by === "file";
}

/** What a message shows instead of a string that should be a name and may be a secret. */
export const NO_NAME = "a string that is not one";

const FOLDER = " (a relative name counts from the folder of the config file)";
const FORMS = 'a value from outside is {"env": "NAME"} or {"file": "PATH"}';
const PLACES = {
  env: {
    expected: "the name of an environment variable: letters, digits and _",
    accepts: (name: string) => VARIABLE.test(name),
  },
  file: {
    expected: "the name of a file",
    accepts: isFileName,
  },
};
