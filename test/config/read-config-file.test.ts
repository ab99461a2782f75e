import { expect, test } from "bun:test";
import { chmodSync, closeSync, constants, mkdirSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { LIMITS } from "../../src/limits.ts";
import { quoteWord } from "../../src/text/quote.ts";
import { asNobody, NOBODY } from "../support/as-nobody.ts";
import { configFile, faultText, withHttp } from "../support/config-file.ts";

const { folder, file, write } = configFile();

test("loadConfig() reads a file that starts with a byte order mark", () => {
  expect(loadConfig(write(`\ufeff${JSON.stringify(withHttp({ port: 1 }))}`)).config.listen.port).toBe(1);
});

test("loadConfig() counts no column for a byte order mark, and takes none but at the start", () => {
  expect(faultText(write('\ufeff{ "log": 1 , "server": { "http": { "allowed_tokens": [] } } }'))).toBe(
    "config.json:1:10: log must be an object, was 1",
  );
  expect(faultText(write("\ufeff{ log }"))).toBe(
    'config.json:1:3: not JSON: expected a name in quotation marks or "}", found a word without quotation marks\n' +
      "  { *** }\n    ^",
  );
  expect(faultText(write("\n\ufeff{}"))).toStartWith("config.json:2:1: not JSON: expected a value");
});

test("loadConfig() says where it looked for a file that is missing, and what the least config is", () => {
  const missing = join(folder, "missing.json");
  expect(faultText(missing)).toBe(
    `missing.json: no such file (looked for ${quoteWord(missing)}); write one with token-server init, or name one with --config FILE.\n` +
      `A minimal one:\n{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`,
  );
});

test("loadConfig() says that a folder is not a file", () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  expect(faultText(inner)).toBe(`inner: a folder, not a file (${quoteWord(inner)})`);
});

test("loadConfig() says that it may not read a file", () => {
  const closed = join(folder, "closed.json");
  writeFileSync(closed, "{}");
  chmodSync(closed, 0o000);
  const text = `closed.json: permission denied for user ${NOBODY}; let that user read it, for example with chgrp GROUP FILE && chmod 0640 FILE`;
  expect(faultText(closed, (act) => asNobody(folder, act))).toBe(text);
});

test("loadConfig() gives the system's word for what else keeps it from a file", () => {
  write("{}");
  expect(faultText(join(file, "config.json"), undefined, folder)).toBe(
    "config.json/config.json: can't be read (ENOTDIR)",
  );
});

test("loadConfig() refuses a file that is not UTF-8", () => {
  writeFileSync(file, Buffer.from('{ "server": "s\xfcd" }', "latin1"));
  const text = "not UTF-8, or the character U+FFFD; save it as UTF-8";
  expect(faultText(file)).toBe(`config.json:1:15: ${text}`);
  expect(faultText(write('\ufeff{\n"server": "\ufffd" }'))).toBe(`config.json:2:12: ${text}`);
});

test.each(["utf16le", "utf16be"])("loadConfig() knows %s, with a byte order mark and without", (encoding) => {
  for (const content of ["\ufeff{}", "{}"]) {
    const bytes = Buffer.from(content, "utf16le");
    writeFileSync(file, encoding === "utf16be" ? bytes.swap16() : bytes);
    expect(faultText(file)).toBe("config.json: looks like UTF-16; save it as UTF-8");
  }
});

test.each(["", " \n\t", "\ufeff"])(
  "loadConfig() says that %j is empty, and how to get a sample",
  (content) => {
    expect(faultText(write(content))).toBe(
      "config.json is empty; token-server init --config NEW.json writes a sample",
    );
  },
);

test("loadConfig() refuses a file over the size limit unread", () => {
  write("{}");
  truncateSync(file, LIMITS.configSize + 1);
  expect(faultText(file)).toBe("config.json: longer than 268435456 bytes, the maximum");
});

test("loadConfig() reads a pipe to its end", async () => {
  const pipe = join(folder, "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  // Of more than one chunk, and with characters that stand across the ends of chunks.
  const trusted_proxies = Array.from({ length: 20_000 }, (_, index) => `::${index.toString(16)}`);
  write(`\ufeff${JSON.stringify(withHttp({ trusted_proxies }))}`);
  const writer = Bun.spawn(["sh", "-c", 'cat "$0" > "$1"', file, pipe]);
  const held = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  expect(loadConfig(`/dev/fd/${held}`).config.trustedProxies).toEqual(trusted_proxies);
  closeSync(held);
  expect(await writer.exited).toBe(0);
});

test("loadConfig() does not wait for a named pipe that nobody may ever write to", () => {
  const named = join(folder, "named");
  expect(Bun.spawnSync(["mkfifo", named]).exitCode).toBe(0);
  expect(faultText(named)).toBe("named: a named pipe; name a file, or /dev/stdin");
});

test("loadConfig() reads no more of an endless device than of a file", () => {
  expect(() => loadConfig("/dev/zero")).toThrow(
    new ConfigError("/dev/zero: longer than 268435456 bytes, the maximum"),
  );
});

test("loadConfig() takes an empty device for an empty file", () => {
  expect(() => loadConfig("/dev/null")).toThrow(
    new ConfigError("/dev/null is empty; token-server init --config NEW.json writes a sample"),
  );
});

test("loadConfig() shows nothing of a file's name that a terminal would act on", () => {
  const odd = join(folder, "a\n\u001b[31m\u009b\u202e.json");
  const shown = String.raw`"a\n\u001b[31m??.json"`;
  expect(faultText(odd)).toStartWith(`${shown}: no such file (looked for "`);
  writeFileSync(odd, "{");
  expect(faultText(odd)).toStartWith(`${shown}:1:2: not JSON: `);
  writeFileSync(odd, "\ufffd");
  expect(faultText(odd)).toStartWith(`${shown}:1:1: not UTF-8`);
  writeFileSync(odd, JSON.stringify(withHttp({ exclude_methods: Array(LIMITS.configProblems + 1).fill(7) })));
  const lines = faultText(odd).split("\n");
  expect(lines[0]).toStartWith(`${shown}:1:`);
  expect(lines.at(-1)).toBe(`${shown}: and 1 more`);
});
