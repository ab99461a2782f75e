import type { Path } from "../json/parse-json.ts";
import { isAddress } from "../http/network.ts";
import type { Message } from "../schema/problem.ts";
import type { SettingType } from "../schema/schema.ts";
import { stringSchema } from "../schema/secret-reference.ts";
import { text } from "../schema/scalars.ts";

const bare = text("a host name or an IP address", isHost);

/** A host name or an IP address. For a URL or a host with a port, the problem says what to write instead. */
export const host: SettingType<string> = {
  ...bare,
  schema: stringSchema({
    type: "string",
    pattern: "^(?:[A-Za-z0-9._-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*)$",
  }),
  read(value, path, context) {
    const text = typeof value === "string" && !isHost(value) ? surplus(value, path) : null;
    if (text === null) return bare.read(value, path, context);
    return void context.report({ path, text });
  },
};

function isHost(value: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(value) || (value.includes(":") && isAddress(value));
}

/** What a value has besides a host, and what to write instead; null where it has no host. */
function surplus(value: string, path: Path): Message | null {
  const { scheme, bracketed, plain = "", port } = FORM.exec(value)?.groups ?? {};
  const parts = [scheme && "a scheme", port && "a port", bracketed && !port && "brackets"].filter(Boolean);
  const name = bracketed ?? plain;
  const write = name === "*" || (name === "" && port) ? ALL : isHost(name) ? JSON.stringify(name) : null;
  if (write === null) return null;
  const contains = name === "*" && parts.length === 0 ? 'is "*"' : `contains ${parts.join(" and ")}`;
  const where = path.slice(0, -1).join(".");
  const instead = `; write ${write}${port ? ` and put ${port} in ${where}.port` : ""}`;
  return [contains, { at: path, value, text: instead }];
}

const FORM =
  /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*:\/\/)?(?:\[(?<bracketed>[^\]]*)\]|(?<plain>[^:/@[\]]*))(?::(?<port>\d{1,5}))?(?:(?<=:\/\/.*)\/.*)?$/;
const ALL = '"0.0.0.0" for all IPv4 addresses or "::" for all';
