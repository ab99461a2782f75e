/** A named metric and its values. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence about what the values mean. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A value and the labels that distinguish it from others of the same metric. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  /** The ending that a histogram adds to its name. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** Labels by name. Names must be valid, values may be any string. */
export type Labels = Readonly<Record<string, string | number>>;

/**
 * Formats metrics in the Prometheus text exposition format 0.0.4, with HELP and TYPE before the samples of a metric. A
 * metric without samples keeps both lines, so that a reader sees that it exists.
 */
export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(metricText).join("");
}

/** A counter of one value. */
export function counter(name: string, help: string, value: number): Metric {
  return { name, type: "counter", help, samples: [{ value }] };
}

/** A gauge of one value, without a sample while its value is unknown. */
export function gauge(name: string, help: string, value: number | null): Metric {
  return { name, type: "gauge", help, samples: value === null ? [] : [{ value }] };
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

/** A number in Go's notation, which has other names for the infinities. */
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
