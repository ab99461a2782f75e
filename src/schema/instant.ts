import { parseInstant } from "../text/instant.ts";
import { text } from "./scalars.ts";
import type { SettingType } from "./schema.ts";

const { expected, schema, read } = text(
  "a time such as 2027-01-31T12:00:00Z",
  /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  (value) => (/^\d{4}-\d\d-\d\d$/.test(String(value)) ? "add a time of day and a time zone" : null),
);

/** A time in the form of RFC 3339; its value is in milliseconds since 1970. */
export const instant: SettingType<number> = {
  expected,
  schema,
  read(value, path, context) {
    const given = read(value, path, context);
    if (given === undefined) return undefined;
    const time = parseInstant(given);
    if (time === null) return void context.report({ path, text: "is a date or an hour that doesn't exist" });
    return time;
  },
};
