import { expect, test } from "bun:test";
import { describeSettings } from "../../src/config/describe-settings.ts";

test("describeSettings() shows references and names of files, and no secret", () => {
  const http = {
    port: { env: "PORT" },
    allowed_tokens: ["s3cret", { env: "TOKEN" }],
    tls: { cert: "cert.pem", key: "key.pem", client_ca: { file: "ca.pem" } },
  };
  const lines = describeSettings({ $schema: "https://anna:s3cret@gate.example/schema", server: { http } });
  expect(lines).toContain('$schema = "https://***@gate.example/schema"');
  expect(lines).toContain('server.http.host = "127.0.0.1" (default)');
  expect(lines).toContain('server.http.port = {"env":"PORT"}');
  expect(lines).toContain("server.http.allowed_tokens = a list of 2");
  expect(lines).toContain('server.http.tls.key = "key.pem"');
  expect(lines).toContain('server.http.tls.client_ca = {"file":"ca.pem"}');
  expect(lines.join()).not.toContain("s3cret");
});
