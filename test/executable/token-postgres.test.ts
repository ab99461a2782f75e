import { expect } from "bun:test";
import { mintedHandle, mintToken } from "../../src/tokens/minted-token.ts";
import { needing } from "../support/needing.ts";
import { postgres, POSTGRES_PROGRAMS } from "../support/postgres.ts";
import { executable, folderWith, type Ended } from "../support/program.ts";

const installed = { postgresql: POSTGRES_PROGRAMS !== null };

needing(installed)(
  "the token commands change the tokens of a PostgreSQL database",
  async () => {
    await using server = await postgres();
    const { url, shown } = await server.database();
    const folder = folderWith({ "config.json": { server: { http: { token_store: url } } } });
    const token = (args: readonly string[], input = ""): Ended => {
      const command = [executable(), "token", ...args];
      const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: folder, stdin: Buffer.from(input) });
      return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
    };

    expect(token(["list"])).toEqual({
      code: 0,
      out: "",
      err: "There are no tokens yet; create one with token-server token create.\n",
    });
    expect(token(["show", "abcdEFGH"])).toMatchObject({
      code: 3,
      err: "the store has no tokens yet; create one with token-server token create\n",
    });
    const { code, out } = token(["create", "--user", "anna", "--scope", "read", "--expires", "90d"]);
    const handle = String(mintedHandle(out.trimEnd()));
    expect([code, handle.length]).toEqual([0, 8]);
    expect(token(["edit", handle, "--no-scope"])).toMatchObject({ code: 0 });
    expect(token(["disable", handle])).toMatchObject({ code: 0, err: `Disabled: ${handle}\n` });
    expect(token(["enable", handle])).toMatchObject({ code: 0, err: `Enabled: ${handle}\n` });
    const next = mintedHandle(token(["rotate", handle]).out.trimEnd());
    expect(token(["revoke", "-"], out)).toEqual({ code: 0, out: "", err: `Revoked: ${handle} of anna\n` });
    const { events, ...shownToken } = JSON.parse(token(["show", handle, "--json"]).out);
    expect(shownToken).toMatchObject({ user: "anna", scopes: [], revoked: expect.any(String) });
    const actions = events.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(["created", "edited", "disabled", "enabled", "rotated", "revoked"]);

    const lines = [out.trimEnd(), ...Array.from({ length: 1_500 }, mintToken)];
    const imported = token(["import", "-", "--user", "bob"], lines.join("\n"));
    const unchanged = "the store already had 1";
    expect(imported).toEqual({
      code: 0,
      out: "",
      err: `Imported 1500 of 1501 tokens for bob; ${unchanged}.\n`,
    });
    const list: { handle: string; user: string; revoked: string | null }[] = JSON.parse(
      token(["list", "--json"]).out,
    );
    expect(
      list
        .filter(({ user }) => user === "bob")
        .map((one) => one.handle)
        .toSorted(),
    ).toEqual(
      lines
        .slice(1)
        .map((line) => line.slice(3, 11))
        .toSorted(),
    );
    expect(list.filter(({ revoked }) => revoked !== null).map((one) => one.handle)).toEqual([handle]);
    expect(list.map((one) => one.handle)).toContain(String(next));

    await server.kill();
    const away = token(["create", "--user", "anna"]);
    expect([away.code, away.out]).toEqual([1, ""]);
    expect(away.err).toStartWith(shown);
  },
  60_000,
);
