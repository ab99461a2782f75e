import { expect, test } from "bun:test";
import { METHODS } from "../../../src/http/methods.ts";
import { PROXY_SETTINGS } from "../../../src/routes/proxy/proxy-settings.ts";
import { object } from "../../../src/schema/composites.ts";
import { read } from "../../support/read-setting.ts";

const methodsOf = (methods: readonly string[]) =>
  read(object(PROXY_SETTINGS), { proxy: "http://127.0.0.1:1", methods });

test("methods of a proxy route can be all but those that are never forwarded", () => {
  const forwarded = METHODS.filter((method) => !["TRACE", "CONNECT"].includes(method));
  const { given, problems } = methodsOf(forwarded);
  expect([given?.methods, problems]).toEqual([forwarded, []]);
});

test.each(["TRACE", "CONNECT"])("methods of a proxy route can't be %s", (method) => {
  const must =
    'at.methods[1] must be one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND"';
  expect(methodsOf(["GET", method]).problems).toEqual([`${must}, was "${method}"`]);
});
