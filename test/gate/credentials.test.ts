import { expect, test } from "bun:test";
import { requestBytes, sharedGate, TOKEN } from "../support/gate.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";

// What brings a token stops at the gate: on every route, open or not, whichever of its carriers was used.

const upstream = sharedUpstream();
const OPEN = ["/open/*", "/open-all/*"];
const ALL = ["x-api-key", "authorization", "basic", "query:access_token"];
const to = (path: string, settings: object = {}) => ({ path, proxy: upstream.url, ...settings });
const gate = sharedGate(
  [
    to("/default/*"),
    to("/key/*", { token_from: ["x-api-key"] }),
    to("/basic/*", { token_from: ["basic"] }),
    to("/query/*", { token_from: ["query:access_token"] }),
    to("/all/*", { token_from: ALL }),
    to("/keep/*", { token_from: ALL, keep_credentials: true }),
    to("/open/*"),
    to("/open-all/*", { token_from: ALL }),
  ],
  { exclude_routes: OPEN },
);

const BASIC = Buffer.from(`anyone:${TOKEN}`).toString("base64");
const AUTHORIZATION = `Authorization: Token ${TOKEN}`;
const KEY = `X-Api-Key: ${TOKEN}`;
const USER = /^(?:authorization|x-api-key|cookie):/i;

test.each<[target: string, lines: string[], upstream: string, kept: string[]]>([
  ["/default/x", [AUTHORIZATION], "/default/x", []],
  [
    "/default/x?access_token=mine",
    [AUTHORIZATION, "X-Api-Key: mine"],
    "/default/x?access_token=mine",
    ["X-Api-Key: mine"],
  ],
  ["/key/x", [KEY], "/key/x", []],
  // Not listed: the client's own for the upstream.
  ["/key/x", [KEY, "Authorization: Bearer mine"], "/key/x", ["Authorization: Bearer mine"]],
  ["/basic/x", [`Authorization: Basic ${BASIC}`], "/basic/x", []],
  [`/query/x?access_token=${TOKEN}`, [], "/query/x", []],
  [`/query/x?a=1&access_token=${TOKEN}&b=%2f+"`, [], "/query/x?a=1&b=%2f+%22", []],
  [`/query/x?access_token=${TOKEN}&a`, [], "/query/x?a", []],
  [`/query/x?a&access_token=${TOKEN}`, [], "/query/x?a", []],
  [`/query/x?%61ccess_token=${TOKEN}`, [], "/query/x", []],
  [`/query/x?access%5Ftoken=%74${TOKEN.slice(1)}&&=`, [], "/query/x?&=", []],
  [
    `/query/x?xaccess_token=1&access_tokens=2&access_token=${TOKEN}`,
    [],
    "/query/x?xaccess_token=1&access_tokens=2",
    [],
  ],
  // Each that is listed goes, also where another one was the credential.
  [`/all/x?access_token=other&a`, [KEY, "Authorization: Token other"], "/all/x?a", []],
  ["/all/x", [KEY, `Authorization: Basic ${BASIC}`], "/all/x", []],
  ["/all/x?access_token=other", [AUTHORIZATION, "Cookie: a=1"], "/all/x", ["Cookie: a=1"]],
  // Kept, all of them.
  [
    "/keep/x?access_token=other",
    [KEY, "Authorization: Token other"],
    "/keep/x?access_token=other",
    ["Authorization: Token other", KEY],
  ],
  // Open routes.
  ["/open/x", [], "/open/x", []],
  ["/open/x", [AUTHORIZATION], "/open/x", []],
  ["/open/x", ["Authorization: Token nobodys"], "/open/x", []],
  ["/open-all/x?access_token=nobodys", ["X-Api-Key: nobodys", "Authorization: Token x y"], "/open-all/x", []],
])("%s with %j", async (target, lines, expected, kept) => {
  const answer = await gate.ask(requestBytes(target, lines, { auth: false }));
  expect(answer.start).toBe("HTTP/1.1 200 OK");
  const [{ start = "", lines: seen = [] } = {}] = upstream.requests;
  expect(start).toBe(`GET ${expected} HTTP/1.1`);
  expect(seen.filter((line) => USER.test(line)).toSorted()).toEqual(kept.toSorted());
  expect(gate.out()).not.toContain(TOKEN);
  expect(gate.out()).not.toContain(BASIC);
});

test.each<[target: string, lines: string[], status: number]>([
  // The first that is present is the credential: the second is not tried.
  [`/all/x?access_token=${TOKEN}`, ["X-Api-Key: nobodys", AUTHORIZATION], 403],
  [`/all/x?access_token=${TOKEN}`, ["Authorization: Token nobodys"], 403],
  // Present and empty is not absent.
  [`/all/x?access_token=${TOKEN}`, ["X-Api-Key:", AUTHORIZATION], 403],
  [`/query/x?access_token=${TOKEN}&access_token=${TOKEN}`, [], 400],
  [`/query/x?access_token=${TOKEN}&%61ccess_token=${TOKEN}`, [], 400],
  [`/query/x?access_token=%zz`, [], 400],
  [`/query/x`, [AUTHORIZATION], 401],
  [`/query/x#?access_token=${TOKEN}`, [], 401],
  ["/key/x", [AUTHORIZATION], 401],
])("%s with %j reaches no upstream: %i", async (target, lines, status) => {
  const answer = await gate.ask(requestBytes(target, lines, { auth: false }));
  expect([answer.start.split(" ")[1], JSON.parse(answer.content).status]).toEqual([String(status), "error"]);
  expect(upstream.requests).toEqual([]);
  expect(gate.out()).not.toContain(TOKEN);
});
