import { loadConfig } from "../../../src/config/load-config.ts";
import { readWithLifetime, runUntilStopped } from "../../../src/server/lifetime.ts";
import { appRoutes, type RouteMaker } from "../../../src/routes/route-kinds.ts";
import { startServer, SYSTEM_CLOCK } from "../../../src/server/server.ts";

/** token-server with a route that reads its content, which the shipped one has not. */
const routes: RouteMaker = (options, around) => [
  ...appRoutes(options, around),
  {
    methods: ["POST"],
    path: "/read",
    handler: async (request) => {
      await request.arrayBuffer();
      return Response.json({ text: "pong", status: "success" });
    },
  },
];

const read = () => loadConfig(String(process.argv[3])).config;
const { config, lifetime } = readWithLifetime(read, SYSTEM_CLOCK);
process.exit(await runUntilStopped(await startServer(config, routes), lifetime, read));
