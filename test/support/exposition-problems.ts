/**
 * What is wrong with a text in the Prometheus text exposition format 0.0.4, nothing where it is sound: the part of
 * `promtool check metrics` that needs no promtool.
 */
export function expositionProblems(text: string): string[] {
  const problems: string[] = [];
  const helped = new Set<string>();
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let open = "";
  if (!text.endsWith("\n")) problems.push("the last line has no line feed");
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const [, help] = /^# HELP (\S+) \S/.exec(line) ?? [];
    const [, typed = "", type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    const [, series = "", name = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (help !== undefined) {
      if (helped.has(help)) problems.push(`${help} comes twice`);
      helped.add((open = help));
    } else if (type !== undefined) {
      if (typed !== open) problems.push(`${typed} has its TYPE apart from its HELP`);
      if (!NAME.test(typed)) problems.push(`${typed} is no name`);
      if ((type === "counter") !== typed.endsWith("_total")) problems.push(`${typed} is a ${type}`);
      types.set(typed, type);
    } else if (name === "") {
      problems.push(`no line of the format: ${line}`);
    } else {
      const base = types.get(open) === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name;
      if (base !== open || !types.has(open)) problems.push(`${name} comes without its HELP and TYPE`);
      if (seen.has(series)) problems.push(`${series} comes twice`);
      if (value === "NaN" || (types.get(open) !== "gauge" && !(Number(value) >= 0)))
        problems.push(`${series} is ${value}`);
      seen.add(series);
    }
  }
  return problems;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/.source;
const NUMBER = /[+-]?Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]\d+)?/.source;
const SAMPLE = new RegExp(`^(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{${LABEL}(?:,${LABEL})*\\})?) (${NUMBER})$`);
