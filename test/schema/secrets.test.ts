import { describe, expect, test } from "bun:test";
import { list, object } from "../../src/schema/composites.ts";
import { privateKey } from "../../src/schema/pem.ts";
import { absent, required } from "../../src/schema/schema.ts";
import { secret } from "../../src/schema/scalars.ts";
import { secretsOf } from "../../src/schema/secrets.ts";

const word = secret("a word", /^/, () => null);
const type = object({
  tokens: required(list(word, "words"), "Words."),
  one: absent(object({ word: required(word, "A word.") }), "One word."),
  key: absent(privateKey, "A key."),
});
const from = (path: (string | number)[], text: string) => ({
  path,
  text,
  source: { by: "env", name: "A" } as const,
  mode: null,
});
const TOKEN = "a string that contains a secret";

describe("secretsOf()", () => {
  test("knows the values of secret settings, sound or not, and nothing else", () => {
    const value = {
      tokens: ["s3cret-1", 7, { "s3cret-2": "s3cret-3", tokn: 1, env: "NAME" }],
      key: "key.pem",
    };
    const secrets = secretsOf(type, { ...value, one: { word: "s3cret-4" }, other: "open" }, []);
    for (const text of ["s3cret-1", "s3cret-2", "s3cret-3", "a s3cret-4"])
      expect(secrets.describe(text)).toBe(TOKEN);
    for (const text of ["s3cret", "open", "NAME", "tokn", "key.pem", ""])
      expect(secrets.describe(text)).toBeNull();
  });

  test("takes a string in the place of a list for an element", () => {
    expect(secretsOf(type, { tokens: "s3cret" }, []).describe("s3cret")).toBe(TOKEN);
  });

  test("knows what references of secret settings stand for, and where any setting has its value from", () => {
    const secrets = secretsOf(type, {}, [from(["tokens", 1], "s3cret"), from(["other"], "open")]);
    expect([secrets.describe("s3cret"), secrets.describe("open")]).toEqual([TOKEN, null]);
    expect(secrets.sourceOf(["other"])).toEqual({ by: "env", name: "A" });
    expect([secrets.sourceOf(["tokens"]), secrets.sourceOf(["tokens", 11])]).toEqual([null, null]);
  });

  test("masks the longest secret first", () => {
    const secrets = secretsOf(type, { tokens: ["s3cret", "s3cret-two"] }, []);
    expect(secrets.mask("/s3cret-two/s3cret")).toBe("/***/***");
  });

  test.each(["https://anna:s3cret@gate.example/x", "postgres://s3cret@db", "see http://a:s3cret@b:1"])(
    "takes %s for a secret, and masks its user and password only",
    (url) => {
      const secrets = secretsOf(type, {}, []);
      expect(secrets.describe(url)).toBe("a URL with a password");
      expect(secrets.mask(url)).toBe(url.replace(/\/\/.*@/, "//***@"));
    },
  );

  test.each(["https://gate.example/@x", "anna@gate.example", "/a//b@c", "http://a b@c"])(
    "lets %s be shown",
    (text) => {
      const secrets = secretsOf(type, {}, []);
      expect([secrets.describe(text), secrets.mask(text)]).toEqual([null, text]);
    },
  );
});
