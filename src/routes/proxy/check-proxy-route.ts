import type { Problem, Report } from "../../schema/problem.ts";
import type { SoundValues } from "../../schema/schema.ts";
import { checkSetHeaders } from "./header-settings.ts";
import type { PROXY_SETTINGS } from "./proxy-settings.ts";

/** Reports settings of a proxy route that don't fit together. `path` is that of the route. */
export function checkProxyRoute(
  route: SoundValues<typeof PROXY_SETTINGS>,
  path: Problem["path"],
  report: Report,
): void {
  const { proxy, tls } = route;
  checkSetHeaders(route, path, report);
  if (tls && proxy !== undefined && !proxy.startsWith("https:"))
    report({
      path: [...path, "tls"],
      text: "has no effect without an https: upstream; remove it, or use https: in proxy",
    });
}
