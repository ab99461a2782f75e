import { expect, test } from "bun:test";
import { exposition, type Metric } from "../../../src/observations/metrics/exposition.ts";
import { expositionProblems } from "../../support/exposition-problems.ts";

const gauge = (samples: Metric["samples"], help = "It."): Metric => ({
  name: "it",
  type: "gauge",
  help,
  samples,
});
const head = "# HELP it It.\n# TYPE it gauge\n";

test("exposition() writes HELP, TYPE and samples, metric by metric", () => {
  const all: Metric[] = [
    {
      name: "asked_total",
      type: "counter",
      help: "How often it was asked.",
      samples: [
        { labels: { route: "/a", status: 200 }, value: 1 },
        { labels: { route: "/b", status: 404 }, value: 2 },
      ],
    },
    {
      name: "took_seconds",
      type: "histogram",
      help: "How long it took.",
      samples: [
        { suffix: "_bucket", labels: { le: "+Inf" }, value: 3 },
        { suffix: "_sum", value: 0.5 },
        { suffix: "_count", value: 3 },
      ],
    },
  ];
  expect(exposition(all)).toBe(
    `# HELP asked_total How often it was asked.
# TYPE asked_total counter
asked_total{route="/a",status="200"} 1
asked_total{route="/b",status="404"} 2
# HELP took_seconds How long it took.
# TYPE took_seconds histogram
took_seconds_bucket{le="+Inf"} 3
took_seconds_sum 0.5
took_seconds_count 3
`,
  );
});

test("exposition() keeps HELP and TYPE of a metric without samples", () => {
  expect(exposition([gauge([])])).toBe(head);
});

test.each([
  ["a\\b", "a\\\\b"],
  ['a"b', 'a\\"b'],
  ["a\nb", "a\\nb"],
  ["\\n", "\\\\n"],
  ['\\"\n', '\\\\\\"\\n'],
  ["a\r\t{},= é", "a\r\t{},= é"],
  ["", ""],
])("exposition() escapes the label value %j", (value, escaped) => {
  expect(exposition([gauge([{ labels: { of: value }, value: 1 }])])).toBe(`${head}it{of="${escaped}"} 1\n`);
});

test("exposition() escapes the help, quotes left as they are", () => {
  expect(exposition([gauge([], 'a\\b\n"c"')])).toBe('# HELP it a\\\\b\\n"c"\n# TYPE it gauge\n');
});

test.each([
  [0, "0"],
  [0.00003, "0.00003"],
  [1e-7, "1e-7"],
  [1e21, "1e+21"],
  [-1.5, "-1.5"],
  [2 ** 53, "9007199254740992"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
  [NaN, "NaN"],
])("exposition() writes the number %d as Prometheus reads it", (value, written) => {
  expect(exposition([gauge([{ value }])])).toBe(`${head}it ${written}\n`);
});

test.each([
  ["it 1\n", "it comes without its HELP and TYPE"],
  ["# HELP it It.\nit 1\n", "it comes without its HELP and TYPE"],
  [`${head}other 1\n`, "other comes without its HELP and TYPE"],
  [`${head}it_sum 1\n`, "it_sum comes without its HELP and TYPE"],
  [`${head}it 1\nit 2\n`, "it comes twice"],
  [`${head}${head}`, "it comes twice"],
  ["# TYPE it gauge\n", "it has its TYPE apart from its HELP"],
  ["# HELP a-b It.\n# TYPE a-b gauge\n", "a-b is no name"],
  ["# HELP it It.\n# TYPE it counter\n", "it is a counter"],
  ["# HELP it_total It.\n# TYPE it_total gauge\n", "it_total is a gauge"],
  ["# HELP it_total It.\n# TYPE it_total counter\nit_total -1\n", "it_total is -1"],
  [`${head}it NaN\n`, "it is NaN"],
  [`${head}it{of="a"b"} 1\n`, 'no line of the format: it{of="a"b"} 1'],
  [`${head}it{of="a\\b"} 1\n`, 'no line of the format: it{of="a\\b"} 1'],
  [`${head}it Infinity\n`, "no line of the format: it Infinity"],
  [`${head}\nit 1\n`, "no line of the format: "],
  [`${head}it 1`, "the last line has no line feed"],
])("expositionProblems() of %j are found", (text, problem) => {
  expect(expositionProblems(text)).toEqual([problem]);
});
