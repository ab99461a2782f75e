import type { Schema } from "../schema/schema.ts";
import { REFERENCE_SCHEMAS } from "../schema/secret-reference.ts";
import { SETTINGS } from "./settings.ts";

/** The JSON Schema (draft 2020-12) of config.json. It accepts every config that can be used. */
export function jsonSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "config.json of token-server",
    ...SETTINGS.schema,
    $defs: REFERENCE_SCHEMAS,
  };
}
