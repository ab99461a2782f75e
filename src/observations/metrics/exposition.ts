/** The values of one name, with what a reader has to know of them. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence for people. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A value and the labels that tell it from the others of its name. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  /** What a histogram adds to its name. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** Labels by name. The names are ours and sound, the values may be any text. */
export type Labels = Readonly<Record<string, string | number>>;

/**
 * Writes metrics in the Prometheus text exposition format 0.0.4, names with HELP and TYPE before their samples.
 *
 * A metric without samples keeps both lines: whoever reads them learns that there is nothing to count yet.
 */
export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(metricText).join("");
}

function metricText({ name, type, help, samples }: Metric): string {
  const lines = [`# HELP ${name} ${escapedHelp(help)}`, `# TYPE ${name} ${type}`];
  for (const { suffix = "", labels = {}, value } of samples) {
    lines.push(`${name}${suffix}${labelText(labels)} ${numberText(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapedLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** A number as Go reads it, which calls the infinities by other names. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escapedHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapedLabel(text: string): string {
  return escapedHelp(text).replaceAll('"', '\\"');
}
