import { hostName } from "../../http/host.ts";
import { METHODS } from "../../http/methods.ts";
import { list, object } from "../../schema/composites.ts";
import { distinct } from "../../schema/distinct.ts";
import { oneOrList } from "../../schema/one-or-list.ts";
import { certificates } from "../../schema/pem.ts";
import { boolean, integer, oneOf, seconds, text } from "../../schema/scalars.ts";
import { absent, optional, required } from "../../schema/schema.ts";
import { headerSettings } from "./header-settings.ts";
import { upstreamSetting } from "./upstream-setting.ts";

const host = text(
  "a host name without a port, such as gate.example.com",
  (value) => hostName(value) !== null && !/:\d*$/.test(value.replace(/^\[.*\]/, "")),
);

const hosts = distinct(oneOrList(host, "host names"), (name) => name.toLowerCase());
/** The methods that can be forwarded: TRACE would show the upstream's headers to the client, and CONNECT has no path. */
export const FORWARDED_METHODS = METHODS.filter((method) => method !== "TRACE" && method !== "CONNECT");
const methods = distinct(list(oneOf(FORWARDED_METHODS), "methods"), (method) => method);

const tls = object({
  ca: absent(certificates, "The authorities that sign its certificate; by default those of the system."),
  insecure: optional(boolean, false, "Whether any certificate is accepted."),
});

/** The settings of a proxy route. */
export const PROXY_SETTINGS = {
  proxy: required(upstreamSetting, "The upstream that requests are forwarded to."),
  host: absent(hosts, "The hosts whose requests the route answers; by default all."),
  methods: absent(methods, "The methods that the route answers; by default any."),
  strip_prefix: optional(
    boolean,
    false,
    "Whether the path of the route is removed: of /api/x on /api/* the upstream receives /x.",
  ),
  allow_encoded: optional(
    boolean,
    false,
    "Whether a path may contain %2F, %25 or ; below the path of the route.",
  ),
  max_size: absent(
    integer("a number of bytes (1 MB is 1048576)", 0, Number.MAX_SAFE_INTEGER),
    "The maximum size of a request's content instead of request_max_size.",
  ),
  keep_credentials: optional(
    boolean,
    false,
    "Whether the upstream receives what may carry a token; otherwise it is removed.",
  ),
  ...headerSettings,
  connect_timeout: optional(
    seconds(3600, 0.1),
    5,
    "How long a connection to the upstream may take, TLS included.",
  ),
  timeout: absent(
    seconds(86_400, 0.1),
    "How long the upstream may take to read more of a request or to begin its answer; by default without limit.",
  ),
  idle_timeout: absent(
    integer("a whole number of seconds from 0 to 255", 0, 255),
    "How long an answer may pause before it is cut off; 0 is no limit. By default 120, and no limit for text/event-stream.",
  ),
  tls: absent(tls, "How the certificate of an https: upstream is verified."),
};
