/** The formats of the content of a refusal or a fault. */
export const ERROR_FORMATS = ["simple", "openai"] as const;

/**
 * `simple` has a text and a status; `openai` also has an error in the form of OpenAI's API, without which its clients show
 * no text.
 */
export type ErrorFormat = (typeof ERROR_FORMATS)[number];

/** The same content in every format, in JSON. */
export type ErrorContents = Readonly<Record<ErrorFormat, Blob>>;

/**
 * Makes the content of a refusal, or of a fault, which has no code. Made once at start, because a Blob can be sent any
 * number of times without being encoded again.
 */
export function errorContents(text: string, status: number, code: string | null): ErrorContents {
  const simple = { text, status: "error" };
  // OpenAI's API uses this type for a wrong key too.
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  const error = { message: text, type, code: code === null ? null : openAiCode(code) };
  return { simple: json(simple), openai: json({ ...simple, error }) };
}

/** The code of OpenAI's API for a reason, or the reason itself. */
function openAiCode(code: string): string {
  if (/^(?:credentials|header|parameter|scheme|token)_/.test(code)) return "invalid_api_key";
  return code === "route_unknown" ? "unknown_url" : code;
}

function json(value: object): Blob {
  return new Blob([JSON.stringify(value)], { type: "application/json" });
}
