import { LIMITS } from "../../limits.ts";
import { shownPath, type FinishedExchange, type Observation } from "../observation.ts";

/** The method, the path and the status of an exchange that is over. */
type ExchangeHead = (ended: FinishedExchange) => string;

/** The message of an observation: one line of bounded length, without control characters. */
export function message(observation: Observation, head: ExchangeHead = exchangeHead): string {
  switch (observation.kind) {
    case "started":
      return `${observation.name} listens on ${observation.url} with ${count(observation.tokens, "token")}`;
    case "received":
      return `-> Received ${observation.what}`;
    case "answered":
      return `${timed(observation, head)}${userOf(observation.exchange)}${endOf(observation.exchange)}`;
    case "refused": {
      const { text, cause } = observation.refusal;
      return `${timed(observation, head)}${userOf(observation.exchange)}: ${text}${cause === null ? "" : ` (${cause})`}`;
    }
    case "refusals_counted": {
      const { refusal, count: more, clients } = observation;
      const from = clients.map(({ value, count: of }) => `${value} (${of})`).join(", ");
      return `${count(more, "more refusal")}: ${refusal.text}${from && `, most from ${from}`}`;
    }
    case "failed":
      return `${timed(observation, head)}${userOf(observation.exchange)}: ${faultText(observation.fault)}`;
    case "uncaught":
      return `Uncaught error outside of any request: ${faultText(observation.fault)}`;
    case "reloaded":
      return `Reloaded, with ${count(observation.tokens, "token")}`;
    case "restart_needed":
      return `${observation.setting} changed in the file; restart to apply it`;
    case "certificate":
      return `Certificate expires at ${new Date(observation.expires).toISOString()}`;
    case "warning":
    case "problem":
      return plain(observation.text);
    case "store_away":
      return `Token store away: ${plain(observation.problem)} (${observation.loaded ? "still using the tokens read from it" : "its tokens are not known yet"})`;
    case "store_back":
      return `Token store ${plain(observation.store)} back after ${secondsOf(observation.milliseconds)} s, with ${count(observation.tokens, "token")}`;
    case "token_expires":
      return `Token ${observation.handle} expires at ${new Date(observation.expires).toISOString()}`;
    case "tokens_expire":
      return `${count(observation.more, "more token")} expire${observation.more === 1 ? "s" : ""} within 14 days`;
    case "reload_failed":
      return "Reload failed; still using the previous config";
    case "file_missing":
      return `${plain(observation.file)} is missing; still using what was read from it (removing a file revokes no token: replace it, or remove it from the config)`;
    case "draining":
      return `${observation.signal}: stopping in ${observation.milliseconds / 1000} s, asking clients to leave`;
    case "stopping":
      return `${observation.signal}: stopping, ${count(observation.inFlight, "request")} in flight`;
    case "ended":
      return `${observation.signal}: ended at once, ${count(observation.inFlight, "request")} in flight`;
    case "descriptors_short":
      return `${descriptors(observation)} are open: connections without a user or to an upstream now close after their answer`;
    case "descriptors_enough":
      return `${descriptors(observation)} are open: connections without a user or to an upstream stay open again`;
    case "lines_dropped":
      return `${count(observation.lines, "log line")} dropped: the output was full, closed or too slow`;
    case "stopped":
      return observation.cut === 0 ? "Stopped" : `Stopped, ${count(observation.cut, "request")} cut off`;
  }
}

/** The fields of an observation in the JSON log. */
export function fields(observation: Observation): Record<string, unknown> {
  switch (observation.kind) {
    case "answered":
    case "refused":
    case "failed": {
      const { exchange } = observation;
      const { method, user, received, sent, aborted, withdrawn, upstream } = exchange;
      const { address, requestId } = exchange.client();
      const cause = observation.kind === "refused" ? observation.refusal.cause : null;
      return {
        method,
        path: cut(shownPath(exchange)),
        status: observation.status,
        ...(sent === null ? {} : { bytes: method === "HEAD" ? 0 : sent }),
        bytes_in: received,
        seconds: secondsOf(observation.milliseconds),
        ...(address === null ? {} : { client: address }),
        request_id: requestId,
        ...(user === null ? {} : { user: user.name }),
        ...(aborted && { aborted }),
        ...(withdrawn !== null && { cut: withdrawn }),
        ...(upstream !== null && {
          upstream: {
            ...(upstream.status !== null && { status: upstream.status }),
            ...(upstream.cause !== null && { cause: upstream.cause }),
            seconds: secondsOf(upstream.headAfter),
          },
        }),
        ...(observation.kind === "refused" && {
          refusal: observation.refusal.code,
          reason: observation.refusal.text,
          ...(cause !== null && { cause }),
        }),
        ...(observation.kind === "failed" && { fault: faultText(observation.fault) }),
      };
    }
    case "refusals_counted": {
      const { refusal, count, clients } = observation;
      const addresses = clients.map(({ value, count }) => ({ client: value, count }));
      return {
        refusal: refusal.code,
        reason: refusal.text,
        count,
        ...(clients.length > 0 && { clients: addresses }),
      };
    }
    default:
      return { message: message(observation) };
  }
}

function timed(ended: FinishedExchange, head: ExchangeHead): string {
  return `${head(ended)} ${Math.round(ended.milliseconds * 1000)} us`;
}

function exchangeHead({ exchange, status }: FinishedExchange): string {
  return [exchange.method, cut(shownPath(exchange)), status].join(" ");
}

/** The same, kept while it is the same, because most lines in a row begin alike. */
export function keptExchangeHead(): ExchangeHead {
  let method = "";
  let route: string | null = null;
  let status = 0;
  let text = "";
  return (ended) => {
    const { exchange } = ended;
    if (exchange.method === method && exchange.route === route && ended.status === status) return text;
    ({ method, route } = exchange);
    ({ status } = ended);
    return (text = exchangeHead(ended));
  };
}

/** How an answer ended, where not as it should. */
function endOf({ aborted, withdrawn, upstream }: FinishedExchange["exchange"]): string {
  if (withdrawn !== null) return `, cut off: token ${withdrawn}`;
  if (aborted) return ", aborted";
  return upstream?.cause ? `, upstream ${upstream.cause}` : "";
}

function descriptors({ open, max }: { readonly open: number; readonly max: number }): string {
  return `${open} of ${max} file descriptors`;
}

function secondsOf(milliseconds: number): number {
  return Number((milliseconds / 1000).toFixed(6));
}

function userOf({ user }: FinishedExchange["exchange"]): string {
  return user === null ? "" : ` user ${user.name}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The fault and its stack in one line, innermost call first. Anything may be thrown, so reading it may throw. */
function faultText(fault: unknown): string {
  try {
    return cut(
      describeFault(fault)
        .trim()
        .replace(/\s*\n\s*/g, " < ")
        .replace(CONTROL, " "),
    );
  } catch {
    return "a fault that can't be described";
  }
}

/** Only the type of a thrown object that is not an error: it may be anything, such as a request with its credentials. */
function describeFault(fault: unknown): string {
  if (typeof fault === "string") return `thrown: ${fault}`;
  if (!(fault instanceof Error)) return `thrown: ${fault === null ? "null" : typeof fault}`;
  const { name, message, stack = "" } = fault;
  return stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
}

/** A string from outside, in one line. */
function plain(text: string): string {
  return cut(text.replace(CONTROL, " "));
}

function cut(text: string): string {
  return text.length > LIMITS.logText ? `${text.slice(0, LIMITS.logText)}...` : text;
}

const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
