import { errorContents, type ErrorContents, type ErrorFormat } from "./error-content.ts";

/** Every reason for a refusal, with its status (RFC 9110 15.5 and 15.6, RFC 6750 3.1). */
export const REFUSAL_STATUS = {
  request_invalid: 400,
  length_invalid: 400,
  header_malformed: 400,
  parameter_malformed: 400,
  credentials_missing: 401,
  credentials_unusable: 401,
  token_invalid: 401,
  header_invalid: 403,
  scheme_unknown: 403,
  token_unknown: 403,
  scope_missing: 403,
  proxy_untrusted: 403,
  route_unknown: 404,
  method_not_allowed: 405,
  content_too_large: 413,
  host_unknown: 421,
  websocket_version_unknown: 426,
  client_left: 499,
  upstream_failed: 502,
  draining: 503,
  store_unavailable: 503,
  upstream_busy: 503,
  upstream_timeout: 504,
} as const;

/** The reason for a refusal, in one word. */
export type RefusalCode = keyof typeof REFUSAL_STATUS;

/** The answer to a fault: a 500 that shows nothing of it. Closes the connection, because content may be unread. */
export function faultResponse(format: ErrorFormat = "simple"): Response {
  return new Response(FAULT[format], { status: 500, headers: { Connection: "close" } });
}

const FAULT = errorContents("Internal server error", 500, null);

/** What all refusals for one reason share. */
interface SharedParts {
  readonly code: RefusalCode;
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contents: ErrorContents;
  readonly init: ResponseInit;
}

/**
 * An intended "no": a code from the table, a text that is shown, headers, and a cause for the log only. Most are made
 * once at start, so that refusing costs no more than serving.
 */
export class Refusal {
  private constructor(
    private readonly shared: SharedParts,
    private readonly causeOf: ((subject: unknown) => string) | null,
    private readonly subject: unknown,
  ) {}

  static of(code: RefusalCode, text: string, headers: Readonly<Record<string, string>> = {}): Refusal {
    const status = REFUSAL_STATUS[code];
    const contents = errorContents(text, status, code);
    return new Refusal({ code, status, text, headers, contents, init: initOf(status, headers) }, null, null);
  }

  /** The cause, for the log only. Computed each time it is read. */
  get cause(): string | null {
    return this.causeOf === null ? null : this.causeOf(this.subject);
  }

  get code(): RefusalCode {
    return this.shared.code;
  }

  get status(): number {
    return this.shared.status;
  }

  get text(): string {
    return this.shared.text;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.shared.headers;
  }

  /** Bytes of its content. */
  size(format: ErrorFormat = "simple"): number {
    return this.shared.contents[format].size;
  }

  /**
   * The same refusal with a cause, which is logged and never shown. It must not contain a token. It is a function,
   * because most refusals of a flood are not logged and their cause is never computed. One function for all refusals and
   * a subject for each take 1 % of a refused request less than a function for each (Bun 1.4.5).
   */
  because(cause: () => string): Refusal;
  because<S>(cause: (subject: S) => string, subject: S): Refusal;
  because(cause: (subject: unknown) => string, subject: unknown = null): Refusal {
    return new Refusal(this.shared, cause, subject);
  }

  /** The same refusal with one more header. */
  withHeader(name: string, value: string): Refusal {
    const headers = { ...this.shared.headers, [name]: value };
    const init = initOf(this.shared.status, headers);
    return new Refusal({ ...this.shared, headers, init }, this.causeOf, this.subject);
  }

  /** The same refusal, code and text included, with another status. */
  withStatus(status: number): Refusal {
    const init = { ...this.shared.init, status };
    return new Refusal({ ...this.shared, status, init }, this.causeOf, this.subject);
  }

  /** A new response each time: a Response can be sent only once. */
  toResponse(format: ErrorFormat = "simple"): Response {
    return new Response(this.shared.contents[format], this.shared.init);
  }

  /** The same response without its content. */
  toBareResponse(): Response {
    return new Response(null, this.shared.init);
  }
}

/** Makes a refusal. */
export const refusal = Refusal.of;

function initOf(status: number, headers: Readonly<Record<string, string>>): ResponseInit {
  // No headers are cheaper than empty ones, and a Headers is cheaper than an object (Bun 1.4.5).
  return Object.keys(headers).length === 0 ? { status } : { status, headers: new Headers(headers) };
}
