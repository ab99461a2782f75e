import { isObject, type Schema } from "../../src/schema/schema.ts";

/** The paths in a value at which a JSON Schema refuses it. Knows the keywords of ours, and throws at any other. */
export function schemaFaults(whole: Schema, value: unknown): string[] {
  return faults(whole, value, "");

  function faults(schema: Schema, value: unknown, at: string): string[] {
    return Object.entries(schema).flatMap(([keyword, rule]) => judged(keyword, rule, schema, value, at));
  }

  function judged(keyword: string, rule: unknown, schema: Schema, value: unknown, at: string): string[] {
    const asked = (sound: boolean) => (sound ? [] : [at]);
    switch (keyword) {
      case "$schema":
      case "$defs":
      case "title":
      case "description":
      case "default":
        return [];
      case "$ref":
        return faults(resolved(rule as string), value, at);
      case "anyOf":
        return asked((rule as Schema[]).some((one) => faults(one, value, at).length === 0));
      case "allOf":
        return (rule as Schema[]).flatMap((one) => faults(one, value, at));
      case "type":
        return asked(isOfType(rule as string, value));
      case "enum":
        return asked((rule as unknown[]).includes(value));
      case "pattern":
        return asked(typeof value !== "string" || new RegExp(rule as string, "u").test(value));
      case "minLength":
        return asked(typeof value !== "string" || value.length >= (rule as number));
      case "minimum":
        return asked(typeof value !== "number" || value >= (rule as number));
      case "maximum":
        return asked(typeof value !== "number" || value <= (rule as number));
      case "minItems":
        return asked(!Array.isArray(value) || value.length >= (rule as number));
      case "items":
        return Array.isArray(value)
          ? value.flatMap((one, index) => faults(rule as Schema, one, `${at}[${index}]`))
          : [];
      case "required":
        return (rule as string[])
          .filter((name) => isObject(value) && !Object.hasOwn(value, name))
          .map((name) => `${at}.${name}`);
      case "properties":
        return Object.entries(rule as Record<string, Schema>).flatMap(([name, own]) =>
          isObject(value) && Object.hasOwn(value, name)
            ? faults(own, (value as Record<string, unknown>)[name], `${at}.${name}`)
            : [],
        );
      case "additionalProperties":
        return Object.entries(isObject(value) ? value : {})
          .filter(([name]) => !Object.hasOwn((schema["properties"] ?? {}) as object, name))
          .flatMap(([name, own]) =>
            rule === false ? [`${at}.${name}`] : faults(rule as Schema, own, `${at}.${name}`),
          );
      case "propertyNames":
        return Object.keys(isObject(value) ? value : {})
          .filter((name) => faults(rule as Schema, name, at).length > 0)
          .map((name) => `${at}.${name}`);
      case "maxProperties":
        return asked(!isObject(value) || Object.keys(value).length <= (rule as number));
    }
    throw new Error(`the schema has the keyword ${keyword}: ${JSON.stringify(rule)}`);
  }

  function resolved(reference: string): Schema {
    const [, ...names] = reference.split("/");
    return names.reduce<unknown>((found, name) => (found as Schema)[name], whole) as Schema;
  }
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
