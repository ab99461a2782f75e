import { isAddress } from "../http/network.ts";
import { textSchema, type SettingType } from "../schema/schema.ts";
import { text } from "../schema/scalars.ts";

const bare = text("a host name or an IP address", isHost);

/** A host name or an IP address. What else people write there, as in a URL, is taken apart for the message. */
export const host: SettingType<string> = {
  ...bare,
  schema: textSchema({
    type: "string",
    pattern: "^(?:[A-Za-z0-9._-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*)$",
  }),
  read(value, path, context) {
    const wrong =
      typeof value === "string" && !isHost(value) ? surplus(value, path.slice(0, -1).join(".")) : null;
    if (wrong === null) return bare.read(value, path, context);
    return void context.report(path, wrong);
  },
};

function isHost(value: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(value) || (value.includes(":") && isAddress(value));
}

/** What a host has too much of, and what to write instead; null where there is no host in it. */
function surplus(value: string, listener: string): string | null {
  const { scheme, bracketed, plain = "", port } = FORM.exec(value)?.groups ?? {};
  const parts = [scheme && "a scheme", port && "a port", bracketed && !port && "brackets"].filter(Boolean);
  const name = bracketed ?? plain;
  const write = name === "*" || (name === "" && port) ? ALL : isHost(name) ? JSON.stringify(name) : null;
  if (write === null) return null;
  const contains = name === "*" && parts.length === 0 ? 'is "*"' : `contains ${parts.join(" and ")}`;
  return `${contains}; write ${write}${port ? ` and put ${port} in ${listener}.port` : ""}`;
}

const FORM =
  /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*:\/\/)?(?:\[(?<bracketed>[^\]]*)\]|(?<plain>[^:/@[\]]*))(?::(?<port>\d{1,5}))?(?:(?<=:\/\/.*)\/.*)?$/;
const ALL = '"0.0.0.0" for all IPv4 addresses or "::" for all';
