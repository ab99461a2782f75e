import { describe, expect, test } from "bun:test";
import { maskedExcerpt } from "../../src/config/masked-excerpt.ts";
import { LIMITS } from "../../src/limits.ts";

/** The excerpt around the `@` of a text, which itself is taken out. */
const at = (marked: string) => maskedExcerpt(marked.replace("@", ""), marked.indexOf("@"));

describe("maskedExcerpt()", () => {
  const rows: [string, string, string][] = [
    ["shows a caret under the place", '{ "port": @[ }', '  { "port": [ }'],
    ["masks strings and words, whatever their length", '["a" @"bcd", efg, 123]', '  ["***" "***", ***, ***]'],
    [
      "keeps the name of a setting before a colon only",
      '"port": "port"@ "ports": port',
      '  "port": "***" "***": ***',
    ],
    ["keeps the name of a setting with digits", '"sha256": "abc"@', '  "sha256": "***"'],
    ["masks names in single quotation marks", "{'port@': 1", "  {******: ***"],
    ["masks other alphabets", '["пароль" @"🔑"', '  ["***" "***"'],
    ["masks strings with escapes", '["s3\\"cr3t\\\\" @x', '  ["***"***" ***'],
    ["shows no other line", '"s3cr3t"\n@[ ]\n"s3cr3t"', "  [ ]"],
    ["shows an empty line", "\n@\nx", ""],
    ["shows the start of a text", "@abc\ndef", "  ***"],
    ["makes one space of what moves a terminal", '[\t"a"\r@[', '  [ "***" ['],
  ];
  test.each(rows)("%s", (_, marked, excerpt) => {
    expect(at(marked).split("\n")[0]).toBe(excerpt);
  });

  test("puts the caret under the first character of what is wrong", () => {
    const [line = "", caret = ""] = at('{ "server": { "http": { "allowed_tokens": ["s3cr3t" @{').split("\n");
    expect(line[caret.indexOf("^")]).toBe("{");
    expect(line.slice(0, caret.indexOf("^"))).toEndWith('["***" ');
  });

  test("cuts a long line on both sides and leaves nothing of a word there", () => {
    const [line = ""] = at(`[${'"s3cr3t", '.repeat(1e5)}@x${', "s3cr3t"'.repeat(1e5)}]`).split("\n");
    expect(line.length).toBeLessThanOrEqual(LIMITS.configExcerpt + 2);
    expect(line).not.toMatch(/[a-z0-9]/);
  });

  test("leaves nothing of a huge string, whatever is in it", () => {
    const huge = `["\\n${" \\n".repeat(1e6)}s3cr3t" `;
    expect(maskedExcerpt(`${huge}x`, huge.length)).not.toContain("s3cr3t");
  });
});
