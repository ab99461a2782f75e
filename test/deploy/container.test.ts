import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "../support/program.ts";

const FOLDER = join(ROOT, "docs/deploy");
const DOCKERFILE = readFileSync(join(FOLDER, "Dockerfile"), "utf8");
const PAGE = readFileSync(join(FOLDER, "README.md"), "utf8");

/** What follows an instruction of the Dockerfile. */
const given = (instruction: string) => String(new RegExp(`^${instruction} (.*)$`, "m").exec(DOCKERFILE)?.[1]);
/** The command of an instruction that is given as a list. */
const command = (instruction: string): string[] => JSON.parse(String(/\[.*/.exec(given(instruction))));

describe("docs/deploy/Dockerfile", () => {
  test("copies what .dockerignore lets in, from where the page puts it", () => {
    const [source, target] = given("COPY").split(" ");
    const ignored = readFileSync(join(FOLDER, ".dockerignore"), "utf8").split("\n");
    expect(ignored.filter((line) => line !== "" && !line.startsWith("#"))).toEqual(["*", `!${source}`]);
    expect(PAGE).toContain(`\ncp ${source} docs/deploy/\ndocker build -t token-server docs/deploy\n`);
    expect(command("ENTRYPOINT")).toEqual([String(target)]);
    expect(PAGE).toContain(`-v /etc/token-server:${given("WORKDIR")}:ro token-server\n`);
  });

  test("runs no root, and asks with a command that there is", () => {
    expect(given("FROM")).toEndWith(":nonroot");
    const [program, ...args] = command("HEALTHCHECK");
    expect(program).toBe(command("ENTRYPOINT")[0]);
    expect(run(["help"]).out).toContain(`\n  ${args.join(" ")} `);
  });
});
