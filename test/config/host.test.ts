import { expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load-config.ts";
import { configFile, faultText, withHttp } from "../support/config-file.ts";

const { file, write } = configFile();

test.each(["localhost", "127.0.0.1", "::1", "a-b_c.example.com", "0"])(
  "loadConfig() takes %j for a host",
  (host) => {
    expect(loadConfig(write(withHttp({ host }))).config.listen.host).toBe(host);
  },
);

test.each([
  "",
  "a b",
  "a/b",
  "a@b",
  "a:b",
  "1:2:3",
  "[]",
  "http://",
  "a\n",
  "a\0",
  "fe80::1%eth0",
  "bücher.example",
])("loadConfig() takes %j for no host", (host) => {
  expect(faultText(write(withHttp({ host })))).toBe(
    `config.json:1:55: server.http.host must be a host name or an IP address, was ${JSON.stringify(host)}`,
  );
});

test.each([
  ["127.0.0.1:8000", 'contains a port; write "127.0.0.1" and put 8000 in server.http.port'],
  ["[::1]", 'contains brackets; write "::1"'],
  ["[::1]:80", 'contains a port; write "::1" and put 80 in server.http.port'],
  ["http://127.0.0.1", 'contains a scheme; write "127.0.0.1"'],
  [
    "https://gate.example:443/x",
    'contains a scheme and a port; write "gate.example" and put 443 in server.http.port',
  ],
  ["*", 'is "*"; write "0.0.0.0" for all IPv4 addresses or "::" for all'],
  [
    ":8000",
    'contains a port; write "0.0.0.0" for all IPv4 addresses or "::" for all and put 8000 in server.http.port',
  ],
])("loadConfig() says what to write instead of the host %j", (host, text) => {
  expect(faultText(write(withHttp({ host })))).toBe(`config.json:1:55: server.http.host ${text}`);
});

test("loadConfig() shows no token in what to write instead of a host", () => {
  const http = { host: "s3cret:80", allowed_tokens: ["s3cret"] };
  expect(faultText(write({ server: { http } }))).toBe("config.json:1:27: server.http.host contains a port");
  write(withHttp({ host: { env: "HOST" } }));
  expect(() => loadConfig(file, { HOST: "s3cret:80" })).toThrow(
    "server.http.host must be a host name or an IP address; what the environment variable HOST holds is not",
  );
});
