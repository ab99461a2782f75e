import { configWith, executable, start, type Program } from "./program.ts";
import { patiently, rawClient, type RawConnection } from "./raw-connection.ts";
import { ask, type RawMessage } from "./raw-message.ts";
import { startShared } from "./shared.ts";

/** The token of anna, who has the only one. */
export const TOKEN = "token-of-anna-7Qm2";
/** The field line with it. */
export const AUTH = `Authorization: Token ${TOKEN}`;

/** The executable in front of an upstream. */
export interface Gate extends Program {
  client(): Promise<RawConnection>;
  /** Sends one request over a connection of its own, and takes its answer. */
  ask(request: string): Promise<RawMessage>;
  /** Waits for the next line of the log that has these fields, and returns all of its fields. */
  logged(found: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  /** The lines of the metrics that match. */
  metrics(pattern: RegExp): Promise<string[]>;
}

/** Starts the executable with these routes, anna's token, the JSON log and an admin listener. */
export async function startGate(
  routes: readonly object[],
  http: object = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<Gate> {
  const tokens = [{ token: TOKEN, name: "anna" }];
  const { server, log } = configWith(
    { allowed_tokens: tokens, routes, request_id: false, ...http },
    { format: "json" },
  );
  const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const program = await start({ server: { ...server, admin: { unix: "admin.sock" } }, log }, [
    "env",
    ...environment,
    ...(process.env["STANDIN"] ? ["bun", process.env["STANDIN"]] : [executable()]),
  ]);
  const client = () => rawClient(program.port);
  let read = 0;
  return {
    ...program,
    client,
    ask: async (request) => await ask(await client(), request),
    async logged(found) {
      for (;;) {
        const start = read;
        await patiently(
          program.wrote((out) => out.indexOf("\n", start) !== -1),
          () => `nothing like ${JSON.stringify(found)} is logged: ${program.out().slice(-1000)}`,
        );
        read = program.out().indexOf("\n", start) + 1;
        const line = JSON.parse(program.out().slice(start, read));
        if (Object.entries(found).every(([name, value]) => Bun.deepEquals(line[name], value))) return line;
      }
    },
    async metrics(pattern) {
      const answer = await fetch("http://localhost/metrics", { unix: `${program.folder}/admin.sock` });
      return (await answer.text()).split("\n").filter((line) => pattern.test(line));
    },
  };
}

/** One for all tests of a file, which starts before the first of them and stops after the last. */
export function sharedGate(...given: Parameters<typeof startGate>): Gate {
  return startShared(() => startGate(...given));
}

/** The bytes of a request without content, from anna. */
export function requestBytes(
  target: string,
  lines: readonly string[] = [],
  { method = "GET", host = "gate.test", content = "", auth = true } = {},
): string {
  const all = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...(auth ? [AUTH] : []), ...lines];
  return `${all.join("\r\n")}\r\n\r\n${content}`;
}
