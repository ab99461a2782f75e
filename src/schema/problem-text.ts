import type { Path } from "../json/parse-json.ts";
import { quote, quoteFile, quoteWord } from "../text/quote.ts";
import { suggest } from "../text/suggest.ts";
import type { Found, Message, Problem, UnknownSetting } from "./problem.ts";
import { typeAt, typeName, type Properties, type SettingType } from "./schema.ts";
import { MASK, type Secrets } from "./secrets.ts";
import type { SecretReference } from "./secret-reference.ts";

/**
 * The text of a problem: `server.http.port must be ..., was ...`. Shows no secret and no value of a reference. `root` has
 * all settings, to find the one that an unknown name may mean.
 */
export function problemText(problem: Problem, secrets: Secrets, root: SettingType<unknown>): string {
  if ("allowed" in problem) return unknownSettingText(problem, secrets, root);
  const name = settingName(problem.path, secrets, root);
  if ("text" in problem) return `${name} ${messageText(problem.text, secrets)}`;
  const { path, expected, found } = problem;
  const allowed = messageText(expected, secrets);
  if (found === "nothing") return `${name} is missing; set it to ${allowed}`;
  return `${name} must be ${allowed}${foundText(path, found, secrets)}`;
}

function foundText(path: Path, found: Exclude<Found, "nothing">, secrets: Secrets): string {
  if ("explanation" in found) return `; ${messageText(found.explanation, secrets)}`;
  if ("description" in found) return `, was ${found.description}`;
  const { value, hint } = found;
  const source = secrets.sourceOf(path);
  if (source !== null) return `, was what ${sourceText(source, secrets)} holds`;
  const secret = typeof value === "string" ? secrets.describe(value) : null;
  return secret === null ? `, was ${valueText(value)}${hint ? `; ${hint}` : ""}` : `, was ${secret}`;
}

/** A value that is no secret, without what a list or an object contains. */
function valueText(value: unknown): string {
  // In the wrong place, a PEM text may be a key.
  if (typeof value === "string") return value.includes("-----BEGIN") ? "a PEM string" : quote(value);
  return typeof value === "object" && value !== null ? typeName(value) : String(value);
}

function messageText(message: Message, secrets: Secrets): string {
  if (typeof message === "string") return message;
  const parts = message.map((part) => {
    if (typeof part === "string") return part;
    if ("by" in part) return sourceText(part, secrets);
    const { at, value, text } = part;
    const isShown = secrets.sourceOf(at) === null && secrets.describe(value) === null;
    if (text !== undefined) return isShown ? text : "";
    return secrets.sourceOf(at) === null ? secrets.mask(value) : MASK;
  });
  return parts.join("");
}

function sourceText({ by, name }: SecretReference, secrets: Secrets): string {
  const shown = secrets.describe(name) === null ? name : MASK;
  return by === "env" ? `the environment variable ${shown}` : `the file ${quoteFile(shown)}`;
}

function unknownSettingText(
  { path, allowed }: UnknownSetting,
  secrets: Secrets,
  root: SettingType<unknown>,
): string {
  const group = path.slice(0, -1);
  const name = String(path.at(-1));
  const meant = suggestion(name, allowed, group, root.properties ?? {});
  // An unknown name may be a token that is in the wrong place.
  const isShown = secrets.describe(name) === null && (meant !== null || !TOKEN_LIKE.test(name));
  const shown = quote(isShown ? name : MASK);
  const place = group.length > 0 ? ` in ${settingName(group, secrets, root)}` : "";
  const hint = hintAt(name, meant, allowed);
  return `unknown setting ${shown}${place}; ${hint}`;
}

function hintAt(name: string, meant: string | null, allowed: Properties): string {
  if (meant === null) return `settings allowed here: ${Object.keys(allowed).join(", ")}`;
  // The name is known, but not here: a suggestion would only repeat it.
  return meant === name ? "move it to the top level of the file" : `did you mean "${meant}"?`;
}

/** The setting that an unknown name may mean: here, below or anywhere. */
function suggestion(name: string, allowed: Properties, group: Path, root: Properties): string | null {
  const near = suggest(name, Object.keys(allowed));
  if (near !== null) return near;
  const below = pathBelow(name, allowed);
  if (below !== null) return [...group, below].join(".");
  return Object.hasOwn(root, name) ? name : pathBelow(name, root);
}

/** The path from these settings to one of this name within them. */
function pathBelow(name: string, settings: Properties): string | null {
  for (const [group, { type }] of Object.entries(settings)) {
    if (!type.properties) continue;
    const rest = Object.hasOwn(type.properties, name) ? name : pathBelow(name, type.properties);
    if (rest !== null) return `${group}.${rest}`;
  }
  return null;
}

/** `server.http.allowed_tokens[1]` */
function settingName(path: Path, secrets: Secrets, root: SettingType<unknown>): string {
  const parts = path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    // Where names are free, one may be a secret in the wrong place.
    const isFree = typeAt(root, path.slice(0, index))?.values !== undefined;
    return `.${isFree && secrets.describe(key) !== null ? MASK : quoteWord(key)}`;
  });
  const name = parts.join("");
  return name === "" ? "the file" : name.replace(/^\./, "");
}

const TOKEN_LIKE = /^(?=.*\d)[!-~]{8,}$/;
