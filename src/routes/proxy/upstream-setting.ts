import { hidden } from "../../schema/scalars.ts";
import type { SettingType } from "../../schema/schema.ts";
import { upstreamUrl } from "../../upstream/upstream-url.ts";

/** The setting `proxy`: a string that `upstreamUrl` parses. No problem shows it. */
export const upstreamSetting: SettingType<string> = hidden(
  "the URL of an upstream, such as http://127.0.0.1:8080, https://example.com/api or unix:/run/app.sock",
  /^(?:https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?|unix:\/[^\s?#:]+)$/,
  (text) => {
    const result = upstreamUrl(text);
    return "problem" in result ? result.problem : null;
  },
);
