import { readConfig } from "../../src/config/read-config.ts";
import type { Observe } from "../../src/observations/observation.ts";
import { appRoutes, type AppRoute } from "../../src/routes/app-routes.ts";
import { startServer, untilStopped } from "../../src/server.ts";

/** The server with routes of its own: `bun slow-routes.ts [--deadline=MILLISECONDS]`. */
const routes = (observe: Observe): readonly AppRoute[] => [
  ...appRoutes(observe),
  {
    method: "GET",
    path: "/until-stopped",
    handler: async () => {
      observe({ kind: "received", what: "UNTIL-STOPPED" });
      await new Promise((resolve) => process.once("SIGTERM", resolve));
      return new Response("stopped");
    },
  },
  {
    method: "GET",
    path: "/stuck",
    handler: () => {
      observe({ kind: "received", what: "STUCK" });
      return new Promise(() => {});
    },
  },
  {
    method: "GET",
    path: "/fault",
    handler: () => {
      throw new Error("the cause");
    },
  },
  {
    method: "GET",
    path: "/stray",
    handler: () => {
      void Promise.reject(new Error("floating"));
      setTimeout(() => {
        throw new Error("timer");
      });
      return new Response("strayed");
    },
  },
];

const deadline = Number(process.argv[2]?.replace("--deadline=", "") ?? 10_000);
process.exit(await untilStopped(startServer(readConfig("config.json"), routes), deadline));
