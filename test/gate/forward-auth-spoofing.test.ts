import { afterAll, beforeAll, describe, expect } from "bun:test";
import { answerOf } from "../support/answer-of.ts";
import {
  ANNA,
  AS_ANNA,
  ASKING_PROXIES,
  CHALLENGE,
  FORGED,
  identityOf,
  runPage,
  TOKEN,
  type AskingSetup,
} from "../support/asking-proxy.ts";
import { needing } from "../support/needing.ts";
import { exchange } from "../support/raw-socket.ts";

describe.each(ASKING_PROXIES.map((proxy) => [proxy.name, proxy] as const))(
  "docs/gate/%s.md: a client that reports what it is not",
  (_name, proxy) => {
    const test = needing({ [proxy.name]: proxy.program });
    let setup: AskingSetup;
    beforeAll(async () => {
      if (proxy.program !== null) setup = await runPage(proxy);
    }, 30_000);
    afterAll(async () => void (await setup?.[Symbol.asyncDispose]()));

    test("replaces the identity headers of the client", async () => {
      const [received] = await setup.received(() =>
        answerOf(setup.url, { headers: { ...AS_ANNA, ...FORGED } }),
      );
      expect(identityOf(received)).toEqual(ANNA);
    });

    for (const alias of proxy.removes) {
      test(`removes ${alias}`, async () => {
        const [received] = await setup.received(() =>
          answerOf(setup.url, { headers: { ...AS_ANNA, [alias]: "root" } }),
        );
        expect(identityOf(received)).toEqual(ANNA);
      });
    }
    for (const alias of proxy.refuses) {
      test(`refuses ${alias}`, async () => {
        const received = await setup.received(async () => {
          expect(await answerOf(setup.url, { headers: { ...AS_ANNA, [alias]: "root" } })).toMatchObject({
            status: 400,
          });
        });
        expect(received).toEqual([]);
      });
    }

    test("keeps the identity where the client's Connection names its headers", async () => {
      const names = "X-Auth-User, X-Auth-Token-Id, X-Auth-Scopes, X-Forwarded-Uri, X-Original-URI";
      const [received] = await setup.received(() =>
        exchange(
          setup.port,
          `GET /x HTTP/1.1\r\nHost: 127.0.0.1:${setup.port}\r\nAuthorization: ${AS_ANNA.Authorization}\r\nConnection: close, ${names}\r\n\r\n`,
        ),
      );
      expect(identityOf(received)).toEqual(ANNA);
    });

    const spoofed = (target: string) => ({
      ...{ "X-Forwarded-Uri": target, "X-Original-URI": target, "X-Original-URL": target },
      ...{ "X-Rewrite-URL": target, "X-Forwarded-Method": "G T", "X-Original-Method": "G T" },
      ...{ "X-Forwarded-Host": "a b", "X-Original-Host": "a b", "X-Forwarded-Proto": "x" },
    });

    test("judges the target that came, not one that a header of the client names", async () => {
      const allowed = await setup.received(async () => {
        const headers = { ...AS_ANNA, ...spoofed("//bad") };
        expect(await answerOf(`${setup.url}/good`, { headers })).toMatchObject({ status: 200 });
      });
      expect(allowed).toMatchObject([{ target: "/good" }]);
      const refused = await setup.received(async () => {
        const headers = { ...AS_ANNA, ...spoofed("/good") };
        expect(await answerOf(`${setup.url}/a;b`, { headers })).toMatchObject({ status: 400 });
        expect(
          await answerOf(`${setup.url}/x`, { headers: spoofed(`/x?access_token=${TOKEN}`) }),
        ).toMatchObject({
          status: 401,
        });
      });
      expect(refused).toEqual([]);
    });

    test("reads a token in the query of the client's target only, where token_from says so", async () => {
      const route = `"dialect": "${proxy.name}"`;
      await using queried = await runPage(proxy, {
        [route]: `${route}, "token_from": ["query:access_token"]`,
      });
      const query = `?x=1&access_token=${TOKEN}`;
      const received = await queried.received(async () => {
        expect(await answerOf(`${queried.url}/a${query}`)).toMatchObject({ status: 200 });
        expect(await answerOf(`${queried.url}/b?x=1`, { headers: spoofed(`/b${query}`) })).toMatchObject({
          status: 401,
          headers: { "www-authenticate": CHALLENGE },
        });
        expect(await answerOf(`${queried.url}/c${query}`, { headers: spoofed("/c") })).toMatchObject({
          status: 200,
        });
      });
      expect(received.map(({ target }) => target)).toEqual([`/a${query}`, `/c${query}`]);
      expect(identityOf(received[0])).toEqual(ANNA);
      expect(queried.gate.out()).not.toContain(TOKEN);
    });
  },
);
