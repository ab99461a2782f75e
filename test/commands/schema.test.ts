import { expect, test } from "bun:test";
import { schema } from "../../src/commands/schema.ts";
import { jsonSchema } from "../../src/config/json-schema.ts";

test("schema prints the JSON Schema of config.json, indented, and ends well", async () => {
  const texts: string[] = [];
  const output = { out: (text: string) => void texts.push(text), err: () => expect.unreachable() };
  expect(await schema.run([], output)).toBe(0);
  expect(texts).toHaveLength(1);
  expect(texts[0]).toStartWith('{\n  "$schema": "https://json-schema.org/draft/2020-12/schema",\n');
  expect(texts[0]).toEndWith("\n}\n");
  expect(JSON.parse(String(texts[0]))).toEqual(jsonSchema());
});
