import { readConfig } from "../../../src/config/read-config.ts";
import type { Observe } from "../../../src/observations/observation.ts";
import { appRoutes, type AppRoute } from "../../../src/routes/app-routes.ts";
import { startServer, untilStopped } from "../../../src/server.ts";

/** token-server with a route that reads its content, which the shipped one has not. */
const routes = (observe: Observe): readonly AppRoute[] => [
  ...appRoutes(observe),
  {
    method: "POST",
    path: "/read",
    handler: async (request) => {
      await request.arrayBuffer();
      return Response.json({ text: "pong", status: "success" });
    },
  },
];

process.exit(await untilStopped(startServer(readConfig(String(process.argv[3])), routes)));
