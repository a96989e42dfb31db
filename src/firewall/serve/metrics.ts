/** Counts and times in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export type Metrics = {
  readonly count: (name: CounterName, labels: Labels, by?: number) => void;
  /** @param seconds how long a request took */
  readonly observe: (route: string, seconds: number) => void;
  readonly text: () => string;
};

type Labels = Readonly<Record<string, string | number>>;

const counters = {
  awspip_http_requests_total: 'Requests answered.',
  awspip_verdicts_total: 'Releases judged.',
  awspip_unknown_signals_total: 'Signals that were unknown when a release was judged.',
  awspip_hidden_files_total: 'Files left out of index pages for their age.',
} as const;
type CounterName = keyof typeof counters;

const duration = 'awspip_http_request_duration_seconds';
/** Upper bounds in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Histogram = { readonly counts: number[]; sum: number; total: number };

/** Opens empty metrics. Labels come from a fixed set of words, so that they cannot grow without bound. */
export function openMetrics(process: { readonly startedAt: number; readonly memory: () => number }): Metrics {
  const counted = new Map<CounterName, Map<string, number>>();
  const times = new Map<string, Histogram>();
  return {
    count: (name, labels, by = 1) => {
      const series = counted.get(name) ?? new Map<string, number>();
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
      counted.set(name, series);
    },
    observe: (route, seconds) => {
      const histogram = times.get(route) ?? { counts: buckets.map(() => 0), sum: 0, total: 0 };
      const index = buckets.findIndex((bound) => seconds <= bound);
      if (index !== -1) histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
      histogram.sum += seconds;
      histogram.total += 1;
      times.set(route, histogram);
    },
    text: () =>
      [
        ...Object.entries(counters).flatMap(([name, help]) =>
          counterLines(name, help, counted.get(name as CounterName)),
        ),
        `# HELP ${duration} Time to answer.`,
        `# TYPE ${duration} histogram`,
        ...[...times].flatMap(([route, histogram]) => histogramLines(route, histogram)),
        '# HELP process_start_time_seconds Start of the process.',
        '# TYPE process_start_time_seconds gauge',
        `process_start_time_seconds ${process.startedAt / 1_000}`,
        '# HELP process_resident_memory_bytes Memory of the process.',
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${process.memory()}`,
        '',
      ].join('\n'),
  };
}

function counterLines(name: string, help: string, series: ReadonlyMap<string, number> | undefined): string[] {
  const lines = [...(series ?? [])].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function histogramLines(route: string, { counts, sum, total }: Histogram): string[] {
  const label = labelText({ route });
  let running = 0;
  const lines = buckets.map((bound, index) => {
    running += counts[index] ?? 0;
    return `${duration}_bucket{${label},le="${bound}"} ${running}`;
  });
  return [
    ...lines,
    `${duration}_bucket{${label},le="+Inf"} ${total}`,
    `${duration}_sum{${label}} ${sum}`,
    `${duration}_count{${label}} ${total}`,
  ];
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${String(value).replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))}"`,
    )
    .join(',');
}
