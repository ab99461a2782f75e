import { jsonSchema } from "../config/json-schema.ts";
import { command } from "./command.ts";

/** Prints the JSON Schema of config.json, for editors and for checks before a roll-out. */
export const schema = command(
  { name: "schema", about: "Prints the JSON Schema of config.json.", options: {} },
  async (_given, output) => {
    output.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return 0;
  },
);
