import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { permissionDenied } from "./permission-denied.ts";
import type { Report } from "./problem.ts";
import { readAtMost } from "./read-at-most.ts";
import { typeName, type ReadContext, type ResolvedReference } from "./schema.ts";
import { isReferenceForm, NO_NAME, REFERENCE_FORMS } from "./secret-reference.ts";

/** The variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves the references of one config file. */
export interface ReferenceResolver {
  readonly resolve: ReadContext["resolve"];
  /** What was resolved so far. */
  readonly resolved: readonly ResolvedReference[];
  /** The absolute names of the files that were read or looked for; a link has its own name. */
  readonly files: ReadonlySet<string>;
}

/**
 * Resolves references to variables of an environment and to files, relative to a folder. Reads regular files only: a
 * pipe or a device may have no content, or no end.
 */
export function referenceResolver(
  folder: string,
  environment: Environment,
  report: Report,
): ReferenceResolver {
  const resolved: ResolvedReference[] = [];
  const files = new Set<string>();
  return {
    resolved,
    files,
    resolve(value, path, expected, max = LIMITS.secretSize) {
      const properties = Object.entries(value);
      const [by, name] = properties[0] ?? [];
      if (properties.length !== 1 || !isReferenceForm(by)) {
        const found = { description: `${oddObject(properties.length)}; ${FORMS}` };
        return void report({ path, expected, found });
      }
      const form = REFERENCE_FORMS[by];
      if (typeof name !== "string" || !form.accepts(name)) {
        const found = { description: typeof name === "string" ? NO_NAME : typeName(name) };
        return void report({ path: [...path, by], expected: form.expected, found });
      }
      if (by === "file") files.add(resolve(folder, name));
      const source = { by, name };
      const content = by === "env" ? ofVariable(environment, name) : ofFile(folder, name, max);
      if ("missing" in content) {
        return void report({ path, text: ["needs ", source, `: ${content.missing}`] });
      }
      const reference = { path, source, ...content };
      resolved.push(reference);
      return reference;
    },
  };
}

type Content = Pick<ResolvedReference, "text" | "mode">;

/** Why there is no content, and what to do. */
interface Missing {
  readonly missing: string;
}

function ofVariable(environment: Environment, name: string): Content | Missing {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (text === undefined) return { missing: "not set; set it where the server is started" };
  return text === "" ? { missing: "set but empty; give it a value" } : { text, mode: null };
}

function ofFile(folder: string, name: string, max: number): Content | Missing {
  try {
    // Without NONBLOCK a pipe would block the start until somebody writes to it.
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
  } catch (error) {
    return { missing: errorText(error as NodeJS.ErrnoException, name) };
  }
}

function errorText(error: NodeJS.ErrnoException, name: string): string {
  switch (error.code) {
    case "ENOENT":
      return `no such file; create it or name another${isAbsolute(name) ? "" : FOLDER}`;
    case "EACCES":
      return permissionDenied();
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "not UTF-8; save it as UTF-8";
    default:
      return `can't be read (${error.code ?? error.message})`;
  }
}

function oddObject(properties: number): string {
  if (properties === 0) return "an empty object";
  return properties === 1 ? "an object with another property" : `an object with ${properties} properties`;
}

const FOLDER = " (a relative name counts from the folder of the config file)";
const FORMS = 'a value from outside is {"env": "NAME"} or {"file": "PATH"}';
