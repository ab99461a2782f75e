import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import {
  checkSetHeaders,
  headerSettings,
  requestHeaderOptions,
} from "../../../src/routes/proxy/header-settings.ts";
import { object } from "../../../src/schema/composites.ts";
import type { Problem } from "../../../src/schema/problem.ts";
import { REFERENCE_SCHEMAS } from "../../../src/schema/secret-reference.ts";
import { read, taken, textOf } from "../../support/read-setting.ts";
import { schemaFaults } from "../../support/schema-faults.ts";

const type = object(headerSettings);
const DEFAULTS = {
  user_headers: { user: "X-Auth-User", token_id: "X-Auth-Token-Id", scopes: "X-Auth-Scopes" },
  set_headers: {},
  host_header: "client",
};
const problemsOf = (value: object) => read(type, value).problems;
const faults = (value: object) => schemaFaults({ ...type.schema, $defs: REFERENCE_SCHEMAS }, value);

describe("headerSettings", () => {
  test("have defaults", () => {
    expect(read(type, {})).toEqual(taken(DEFAULTS));
    expect(faults({})).toEqual([]);
  });

  test("take names of identity headers, headers to set and a Host", () => {
    const value = {
      user_headers: { user: null, token_id: "X-Key", scopes: null },
      set_headers: { Authorization: "Bearer a b", "X-Api-Key": { env: "LONG" }, "Content-Type": "a" },
      host_header: "up.internal:8080",
    };
    const set_headers = { ...value.set_headers, "X-Api-Key": "s3cret text" };
    expect(read(type, value)).toEqual(taken({ ...value, set_headers }));
    expect(faults(value)).toEqual([]);
  });

  test.each(["X Auth", "", "X-Auth:", "X-Ä"])("refuse %j for the name of an identity header", (user) => {
    const expected = `at.user_headers.user must be the name of a header, such as X-Auth-User, was "${user}"`;
    expect(problemsOf({ user_headers: { user } })).toEqual([expected]);
  });

  test.each(["Host", "te", "Transfer_Encoding", "Content-Length", "Proxy-Status", "Sec-WebSocket-Key"])(
    "refuse %s for an identity header and for one to set",
    (name) => {
      const why = "HTTP itself uses this header";
      expect(problemsOf({ user_headers: { user: name } })).toEqual([
        `at.user_headers.user must be the name of a header, such as X-Auth-User, was "${name}"; ${why}`,
      ]);
      expect(problemsOf({ set_headers: { [name]: "s3cret" } })).toEqual([
        name === "Host"
          ? "at.set_headers.Host can't be set here; set host_header"
          : `at.set_headers.${name} can't be set: ${why}`,
      ]);
    },
  );

  test("refuse two identity headers of one name", () => {
    const expected = ["at.user_headers.token_id must differ from user"];
    expect(problemsOf({ user_headers: { token_id: "x_auth_user" } })).toEqual(expected);
    for (const names of [{ user: null }, { token_id: null }, { user: null, token_id: null }])
      expect(problemsOf({ user_headers: names })).toEqual([]);
  });

  test("refuse a header that is set twice, and a name that is none", () => {
    expect(problemsOf({ set_headers: { "X-A": "1", "x-a": "2", "X B": "3" } })).toEqual([
      "at.set_headers.x-a is already set",
      'at.set_headers."X B" is not a valid name',
    ]);
  });

  test("refuse more headers than Bun sends", () => {
    const many = (count: number) => ({
      set_headers: Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, "a"])),
    });
    const max = LIMITS.setHeaders;
    expect(problemsOf(many(max))).toEqual([]);
    expect(problemsOf(many(max + 1))).toEqual([
      `at.set_headers has ${max + 1} properties; at most ${max} are allowed`,
    ]);
    expect([faults(many(max)), faults(many(max + 1))]).toEqual([[], [".set_headers"]]);
  });

  test.each([
    ["an empty string", ""],
    ["a string that contains a line break", "s3cret\r\nX-Auth-User: root"],
    ["a string that contains characters other than ASCII", "s3crét"],
    ["a string that contains characters other than ASCII", "s3cret\0"],
    ["a string that has white space around it", " s3cret"],
    ["a string that has white space around it", "s3cret\t"],
    [`a string that is longer than ${LIMITS.headerValue} characters`, "x".repeat(LIMITS.headerValue + 1)],
    ["a number", 12345],
    ["null", null],
  ])("refuse %s for a value, and don't show it", (found, value) => {
    const given = { set_headers: { Authorization: value } };
    const expected = `a header value: 1 to ${LIMITS.headerValue} characters of ASCII, no white space around it`;
    expect(problemsOf(given)).toEqual([`at.set_headers.Authorization must be ${expected}, was ${found}`]);
    expect(faults(given)).toEqual([".set_headers.Authorization"]);
  });

  test.each(["!", "a b\tc", "x".repeat(LIMITS.headerValue)])("take the value %j", (value) => {
    const given = { set_headers: { Authorization: value } };
    expect([problemsOf(given), faults(given)]).toEqual([[], []]);
  });

  test.each(["", "a b", "http://up", "a, b", "up:99999", "*"])("refuse %j for a Host", (host_header) => {
    expect(problemsOf({ host_header })).toEqual([
      `at.host_header must be "client", "upstream" or a host, was "${host_header}"`,
    ]);
  });
});

describe("checkSetHeaders()", () => {
  const problems = (set_headers: Record<string, string>, names: Partial<typeof NAMES> = {}) => {
    const found: Problem[] = [];
    const user_headers = { ...NAMES, ...names };
    checkSetHeaders({ user_headers, set_headers, host_header: "client" }, ["at"], (one) => found.push(one));
    return found.map(textOf);
  };

  test("reports the identity headers, under any alias", () => {
    expect(
      problems({ "X-Other": "1", x_auth_user: "2", "X-Auth-Token-Id": "3", "X.Auth.Scopes": "4" }),
    ).toEqual([
      "at.set_headers.x_auth_user is the identity header X-Auth-User",
      "at.set_headers.X-Auth-Token-Id is the identity header X-Auth-Token-Id",
      "at.set_headers.X.Auth.Scopes is the identity header X-Auth-Scopes",
    ]);
  });

  test("reports none that is not sent or has a problem", () => {
    expect(problems({ "X-Auth-User": "1" }, { user: null })).toEqual([]);
    expect(problems({ "X-Auth-User": "1" }, { user: undefined })).toEqual([]);
    const found: Problem[] = [];
    const nothing = { user_headers: undefined, set_headers: undefined, host_header: undefined };
    for (const sound of [nothing, { ...nothing, set_headers: { "X-Auth-User": "1" } }])
      checkSetHeaders(sound, ["at"], (one) => found.push(one));
    expect(found).toEqual([]);
  });

  type Name = string | null | undefined;
  const NAMES: { user: Name; token_id: Name; scopes: Name } = {
    user: "X-Auth-User",
    token_id: "X-Auth-Token-Id",
    scopes: "X-Auth-Scopes",
  };
});

describe("requestHeaderOptions()", () => {
  test("makes the options of the settings", () => {
    const set_headers = { "X-Api-Key": "s3cret" };
    expect(requestHeaderOptions({ ...DEFAULTS, set_headers }, "up:80")).toEqual({
      userHeaders: { user: "X-Auth-User", tokenId: "X-Auth-Token-Id", scopes: "X-Auth-Scopes" },
      setHeaders: set_headers,
      host: null,
      authority: "up:80",
    });
  });

  test.each([
    ["client", null],
    ["upstream", "up:80"],
    ["other.example", "other.example"],
  ])("takes the Host %s", (host_header, host) => {
    expect(requestHeaderOptions({ ...DEFAULTS, host_header }, "up:80").host).toBe(host);
  });
});
