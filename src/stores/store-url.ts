import { resolve } from "node:path";

/** Where tokens are kept. */
export type StoreUrl = SqliteUrl | PostgresUrl;

/** A file of this machine. */
export interface SqliteUrl {
  readonly kind: "sqlite";
  /** The absolute name of the file. */
  readonly path: string;
  /** The URL for messages. */
  readonly shown: string;
}

/** A PostgreSQL server. */
export interface PostgresUrl {
  readonly kind: "postgres";
  /** The whole URL. It may hold a password, so no message shows it. */
  readonly url: string;
  /** The URL for messages: without user, password and options. */
  readonly shown: string;
}

/** What a setting for a store expects. */
export const STORE_URL_FORMS = "sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE";

/** What is wrong with a text as the URL of a store, as in "it names no file"; null if nothing is. Does not show it. */
export function storeUrlProblem(text: string): string | null {
  const read = readUrl(text);
  return "problem" in read ? read.problem : null;
}

/** The store that a URL names; a relative file is relative to `folder`. Throws a RangeError for any other text. */
export function storeUrl(text: string, folder: string): StoreUrl {
  const read = readUrl(text);
  if ("problem" in read) throw new RangeError(`the URL of a store ${read.problem}`);
  return "file" in read
    ? { kind: "sqlite", path: resolve(folder, read.file), shown: `sqlite:${read.file}` }
    : { kind: "postgres", url: text, shown: read.shown };
}

type ReadUrl = { readonly file: string } | { readonly shown: string } | { readonly problem: string };

function readUrl(text: string): ReadUrl {
  if (/^sqlite:/i.test(text)) return readFile(text.slice("sqlite:".length));
  if (/^postgres(?:ql)?:\/\//i.test(text)) return readServer(text);
  return { problem: `does not start with sqlite: or postgres://` };
}

/** `sqlite:tokens.db`, `sqlite:/var/lib/tokens.db` or, as other programs write it, `sqlite:///var/lib/tokens.db`. */
function readFile(rest: string): ReadUrl {
  const name = rest.startsWith("///") ? rest.slice(2) : rest;
  if (name === "") return { problem: "names no file" };
  if (name.startsWith("//")) {
    return { problem: "names a host; write sqlite:FILE, or sqlite:/FOLDER/FILE for an absolute name" };
  }
  if (name.startsWith(":")) return { problem: "names no file; tokens in memory would end with the process" };
  if (name.endsWith("/")) return { problem: "names a folder; add the name of a file" };
  if (/[\p{Cc}?#]/u.test(name))
    return { problem: "has options or characters that the name of a file can't have" };
  return { file: name };
}

function readServer(text: string): ReadUrl {
  if (!URL.canParse(text))
    return { problem: "is no URL; escape special characters of the password, as %2F for /" };
  const { host, pathname } = new URL(text);
  if (pathname.length < 2) return { problem: "names no database; add /DATABASE" };
  return { shown: `postgres://${host}${pathname}` };
}
