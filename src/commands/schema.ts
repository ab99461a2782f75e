import { jsonSchema } from "../config/json-schema.ts";
import type { Command } from "./command.ts";

/** Prints the JSON Schema of config.json, for editors and for checks before a roll-out. */
export const schema: Command = {
  name: "schema",
  about: "Prints the JSON Schema of config.json.",
  options: {},
  async run(_options, output) {
    output.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return 0;
  },
};
