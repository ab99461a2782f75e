import { loadConfig } from "../../src/config/load-config.ts";
import { readWithLifetime, runUntilStopped } from "../../src/server/lifetime.ts";
import { appRoutes, type RouteMaker } from "../../src/routes/route-kinds.ts";
import { startServer, SYSTEM_CLOCK } from "../../src/server/server.ts";

/** The server with routes of its own. */
const routes: RouteMaker = (options, around) => [
  ...appRoutes(options, around),
  {
    methods: ["GET"],
    path: "/until-stopped",
    handler: async () => {
      around.observe({ kind: "received", what: "UNTIL-STOPPED" });
      await new Promise((resolve) => process.once("SIGINT", resolve));
      return new Response("stopped");
    },
  },
  {
    methods: ["GET"],
    path: "/stuck",
    handler: () => {
      around.observe({ kind: "received", what: "STUCK" });
      return new Promise(() => {});
    },
  },
  {
    methods: ["GET"],
    path: "/fault",
    handler: () => {
      throw new Error("the cause");
    },
  },
  {
    methods: ["GET"],
    path: "/stray",
    handler: () => {
      void Promise.reject(new Error("floating"));
      setTimeout(() => {
        throw new Error("timer");
      });
      return new Response("uncaught");
    },
  },
];

const read = () => loadConfig("config.json").config;
const { config, lifetime } = readWithLifetime(read, SYSTEM_CLOCK);
process.exit(await runUntilStopped(await startServer(config, routes), lifetime, read));
