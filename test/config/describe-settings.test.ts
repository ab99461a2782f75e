import { expect, test } from "bun:test";
import { describeSettings } from "../../src/config/describe-settings.ts";
import { list, object } from "../../src/schema/composites.ts";
import { privateKey } from "../../src/schema/pem.ts";
import { record } from "../../src/schema/record.ts";
import { anyText, secret } from "../../src/schema/scalars.ts";
import { absent, optional, required } from "../../src/schema/schema.ts";

test("describeSettings() shows references and names of files, and no secret", () => {
  const http = {
    port: { env: "PORT" },
    allowed_tokens: ["s3cret", { env: "TOKEN" }],
    routes: [{ path: "/*", proxy: "http://127.0.0.1:1", set_headers: { "X-Api-Key": "s3cret" } }],
    tls: { cert: "cert.pem", key: "key.pem", client_ca: { file: "ca.pem" } },
  };
  const lines = describeSettings({ $schema: "https://anna:s3cret@gate.example/schema", server: { http } });
  expect(lines).toContain('$schema = "https://***@gate.example/schema"');
  expect(lines).toContain('server.http.host = "127.0.0.1" (default)');
  expect(lines).toContain('server.http.port = {"env":"PORT"}');
  expect(lines).toContain("server.http.allowed_tokens = a list of 2");
  expect(lines).toContain('server.http.tls.key = "key.pem"');
  expect(lines).toContain('server.http.tls.client_ca = {"file":"ca.pem"}');
  expect(lines).toContain(
    'server.http.routes = [{"path":"/*","proxy":"http://127.0.0.1:1","set_headers":{"X-Api-Key":"***"}}]',
  );
  expect(lines.join()).not.toContain("s3cret");
});

test("describeSettings() shows the settings of a group that is left out", () => {
  const lines = describeSettings({ server: { http: { allowed_tokens: [] } } });
  expect(lines).toContain("shutdown.drain = 0.5 (default)");
  expect(lines).toContain("server.admin = nothing (default)");
});

test("describeSettings() shows the store without its password", () => {
  const lines = (http: object) => describeSettings({ server: { http } });
  const url = "postgres://gate:s3cret@db.example/tokens?password=s3cret";
  expect(lines({ token_store: url })).toContain('server.http.token_store = "postgres://db.example/tokens"');
  expect(lines({ token_store: url })).toContain("server.http.allowed_tokens = a list of 0 (default)");
  expect(lines({ token_store: "sqlite:t.db" })).toContain('server.http.token_store = "sqlite:t.db"');
  expect(lines({ token_store: { env: "URL" } })).toContain('server.http.token_store = {"env":"URL"}');
  expect(lines({})).toContain("server.http.token_store = nothing (default)");
});

test("describeSettings() masks secrets at any depth, and shows references and other values", () => {
  const word = secret("a word", /^/, () => null);
  const words = record(word, { expected: "words", names: /^/, fault: () => null, max: 9 });
  const route = object({
    path: required(anyText, "Its path."),
    key: absent(privateKey, "The file of its key."),
    words: optional(words, {}, "Its words."),
    more: optional(list(word, "words"), [], "More words."),
  });
  const type = object({ routes: required(list(route, "routes"), "Routes."), words: optional(words, {}, "") });
  const swapped = "sk-0123456789abcdefghij";
  const given = {
    routes: [
      { path: "/a", key: "key.pem", words: { authorization: "s3cret", other: { env: "OTHER" } } },
      { path: "/b", more: ["s3cret"], words: { [swapped]: "X-Api-Key" } },
    ],
    words: { authorization: "s3cret" },
  };
  expect(describeSettings(given, type)).toEqual([
    'routes = [{"path":"/a","key":"key.pem","words":{"authorization":"***","other":{"env":"OTHER"}}},' +
      '{"path":"/b","more":["***"],"words":{"***":"***"}}]',
    'words = {"authorization":"***"}',
  ]);
});
