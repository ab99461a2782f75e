import { expect, test } from "bun:test";
import { maskedExcerpt } from "../../src/config/masked-excerpt.ts";
import { LIMITS } from "../../src/limits.ts";

/** The excerpt around the first `^` of a text, which is taken out. */
function at(marked: string): string {
  return maskedExcerpt(marked.replace("^", ""), marked.indexOf("^"));
}

test("maskedExcerpt() shows the line of the offset with a caret under it", () => {
  expect(at('{\n  "port": ^,\n}')).toBe('    "port": ,\n            ^');
  expect(at('^{ "port" }')).toBe('  { "port" }\n  ^');
  expect(at('{ "port" }^')).toBe('  { "port" }\n            ^');
  expect(at('"port"\n^"level"\n"host"')).toBe('  "level"\n  ^');
});

test("maskedExcerpt() shows an empty line and the end of a line without trailing spaces", () => {
  expect(maskedExcerpt("", 0)).toBe("\n  ^");
  expect(maskedExcerpt("\nabc", 0)).toBe("\n  ^");
  expect(at('"port"\n^')).toBe("\n  ^");
  expect(at('"port"   ^')).toBe('  "port"\n           ^');
});

test("maskedExcerpt() leaves out the carriage return of a line", () => {
  expect(at('"port"\r\n"host" ^:\r\n')).toBe('  "host" :\n         ^');
});

test("maskedExcerpt() masks every word that is not the name of a setting", () => {
  expect(at('"allowed_tokens": ^["s3cret", s3cret-2, \'s3cret\']')).toBe(
    '  "allowed_tokens": ["******", ********, ********]\n                    ^',
  );
  expect(at('^"token": "http" // s3cret, # s3cret')).toBe('  "*****": "http" ** ******, * ******\n  ^');
});

test("maskedExcerpt() knows the names of settings at every depth, in lists too", () => {
  expect(at("^{server: {http: {host: {}}}}")).toBe("  {server: {http: {host: {}}}}\n  ^");
  expect(at("^{log: {level: [{logger:, level:}]}}")).toBe("  {log: {level: [{logger:, level:}]}}\n  ^");
});

test("maskedExcerpt() masks a word that only holds or extends the name of a setting", () => {
  expect(at("^port2 my-port Port ports por")).toBe("  ***** ******* **** ***** ***\n  ^");
});

test("maskedExcerpt() masks other alphabets, with an asterisk for each UTF-16 code unit", () => {
  expect(at('"ключ" ^"🔑"')).toBe('  "****" "**"\n         ^');
});

test("maskedExcerpt() cuts a long line on both sides of the offset", () => {
  const half = LIMITS.configExcerpt / 2;
  const words = "port ".repeat(1000);
  const offset = 2503;
  const shown = words.slice(offset - half, offset + half);
  expect(maskedExcerpt(words, offset)).toBe(`  ${shown}\n  ${" ".repeat(half)}^`);
});

test("maskedExcerpt() masks before it cuts, so that no part of a word passes for a name", () => {
  const half = LIMITS.configExcerpt / 2;
  const line = `s3cretport ${" ".repeat(half - 5)}|`;
  expect(maskedExcerpt(line, line.length - 1)).toBe(
    `  **** ${" ".repeat(half - 5)}*\n  ${" ".repeat(half)}^`,
  );
});
