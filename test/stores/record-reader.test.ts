import { expect, test } from "bun:test";
import { deletedRecord, recordReader, type RecordRow } from "../../src/stores/record-reader.ts";
import { digestToken } from "../../src/tokens/token.ts";

const digest = digestToken("token1");
const ROW: RecordRow = {
  digest,
  handle: "abcdefgh",
  username: "anna",
  scopes: "",
  networks: "",
  not_before: null,
  expires: null,
  disabled: 0,
  revoked: null,
};
const RULES = { scopes: [], from: [], notBefore: null, expires: null, disabled: false, revoked: false };

test("recordReader() makes no rules for a row that has none", () => {
  expect(recordReader()(ROW)).toEqual({ digest, handle: "abcdefgh", user: { name: "anna" }, rules: null });
});

test.each([
  [{ scopes: "read  write:all " }, { scopes: ["read", "write:all"] }],
  [{ networks: "10.0.0.0/8 ::1" }, { from: ["10.0.0.0/8", "::1"] }],
  [{ not_before: 0 }, { notBefore: 0 }],
  [{ expires: 0 }, { expires: 0 }],
  [{ disabled: 1 }, { disabled: true }],
  [{ disabled: true }, { disabled: true }],
  [{ revoked: 0 }, { revoked: true }],
])("recordReader() makes rules of %j", (given, rules) => {
  const record = recordReader()({ ...ROW, ...given });
  expect(record).toEqual({
    digest,
    handle: "abcdefgh",
    user: { name: "anna" },
    rules: { ...RULES, ...rules },
  });
});

test.each([
  [{ username: "" }],
  [{ username: "anna\r\nX-Auth-User: root" }],
  [{ username: "other" }],
  [{ handle: "abcdefg" }],
  [{ handle: "abcdefghi" }],
  [{ scopes: 'read "all"' }],
  [{ scopes: "read\nwrite" }],
  [{ networks: "10.0.0.0/8 example.org" }],
  [{ networks: "10.0.0.0/64" }],
  [{ networks: "unix" }],
])("recordReader() makes a refusal of %j, however often it comes", (given) => {
  const read = recordReader();
  const refused = { digest, user: null, rules: { ...RULES, disabled: true } };
  expect([read({ ...ROW, ...given }), read({ ...ROW, ...given })]).toEqual([refused, refused]);
  expect(read(ROW).rules).toBeNull();
});

test("recordReader() shares equal lists between rows", () => {
  const read = recordReader();
  const [first, second] = [read({ ...ROW, scopes: "read" }), read({ ...ROW, scopes: "read", expires: 1 })];
  expect(first.rules?.scopes).toBe(second.rules?.scopes as readonly string[]);
});

test("deletedRecord() makes a record that is refused", () => {
  expect(deletedRecord(digest)).toEqual({ digest, user: null, rules: { ...RULES, revoked: true } });
});
