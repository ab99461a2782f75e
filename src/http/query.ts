/** The query of a URL with its question mark, without a fragment; empty where there is none. */
export function queryOf(url: string): string {
  const { start, end } = queryIn(url);
  return start === -1 ? "" : url.slice(start - 1, end);
}

/**
 * The values of a parameter in the query of a URL, decoded as `application/x-www-form-urlencoded`: "+" is a space. A value
 * whose percent-encoding is not UTF-8 is null. A name that can't be decoded matches no parameter.
 */
export function parameterValues(url: string, name: string): (string | null)[] {
  const { start, end } = queryIn(url);
  if (start === -1) return [];
  return url
    .slice(start, end)
    .split("&")
    .filter((parameter) => nameOf(parameter) === name)
    .map((parameter) =>
      parameter.includes("=") ? decoded(parameter.slice(parameter.indexOf("=") + 1)) : "",
    );
}

/**
 * The same URL without the parameters of these names. The rest keeps its bytes, and a "?" with nothing after it is removed.
 * A URL without such a parameter is returned as it is.
 */
export function withoutParameters(url: string, names: ReadonlySet<string>): string {
  const { start, end } = queryIn(url);
  if (start === -1) return url;
  const parameters = url.slice(start, end).split("&");
  const kept = parameters.filter((parameter) => !names.has(nameOf(parameter) ?? ""));
  if (kept.length === parameters.length) return url;
  return `${url.slice(0, kept.length === 0 ? start - 1 : start)}${kept.join("&")}${url.slice(end)}`;
}

/** Where the query begins, after its "?", and where it ends; -1 if there is none. A fragment is not part of it. */
function queryIn(url: string): { readonly start: number; readonly end: number } {
  const fragment = url.indexOf("#");
  const end = fragment === -1 ? url.length : fragment;
  const mark = url.indexOf("?");
  return { start: mark === -1 || mark > end ? -1 : mark + 1, end };
}

function nameOf(parameter: string): string | null {
  const equals = parameter.indexOf("=");
  return decoded(equals === -1 ? parameter : parameter.slice(0, equals));
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
