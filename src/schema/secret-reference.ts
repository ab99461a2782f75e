import type { Schema } from "./schema.ts";

/** `{"env": "NAME"}` or `{"file": "PATH"}` in a config file: where a value is that is not in the file itself. */
export interface SecretReference {
  readonly by: "env" | "file";
  readonly name: string;
}

/** What shells take for the name of a variable. Any other string may be a secret in the wrong place. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The two forms of a reference: what its name must be. */
export const REFERENCE_FORMS = {
  env: {
    expected: "the name of an environment variable: letters, digits and _",
    accepts: (name: string) => VARIABLE.test(name),
  },
  file: { expected: "the name of a file", accepts: isFileName },
};

/** The schemas of the two forms, by the names that `stringSchema` uses. */
export const REFERENCE_SCHEMAS: Readonly<Record<SecretReference["by"], Schema>> = {
  env: formSchema("env", "The text that an environment variable holds.", {
    type: "string",
    pattern: VARIABLE.source,
  }),
  file: formSchema(
    "file",
    "The text that a file holds; a relative name counts from the folder of the config file.",
    { type: "string", minLength: 1 },
  ),
};

/** The schema of a string or a reference to one. */
export function stringSchema(inFile: Schema): Schema {
  return { anyOf: [inFile, { $ref: "#/$defs/env" }, { $ref: "#/$defs/file" }] };
}

/** Whether a value can be the name of a file. A PEM text can't: it is in the place of the name of its file. */
export function isFileName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !/\0|-----BEGIN/.test(value);
}

/** Whether the name of a property is that of a form. */
export function isReferenceForm(name: string | undefined): name is SecretReference["by"] {
  return name === "env" || name === "file";
}

/** What a message shows instead of a string that should be a name and may be a secret. */
export const NO_NAME = "a string that is not one";

function formSchema(by: SecretReference["by"], description: string, name: Schema): Schema {
  return {
    description,
    type: "object",
    properties: { [by]: name },
    required: [by],
    additionalProperties: false,
  };
}
