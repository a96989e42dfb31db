/** Metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export type Metrics = {
  /** Increases a counter, by 1 if `by` is absent. */
  readonly count: (name: CounterName, labels: Labels, by?: number) => void;
  /** Records the duration of a request. */
  readonly observe: (route: string, seconds: number) => void;
  /** Returns all metrics in the text format. */
  readonly text: () => string;
};

type Labels = Readonly<Record<string, string | number>>;

const counters = {
  awspip_http_requests_total: 'HTTP requests.',
  awspip_verdicts_total: 'Verdicts on releases.',
  awspip_unknown_signals_total: 'Unknown signals in verdicts.',
  awspip_withheld_files_total: 'Files left out of index pages because the firewall refuses them.',
} as const;
type CounterName = keyof typeof counters;

const duration = 'awspip_http_request_duration_seconds';
/** Upper bounds of the histogram buckets, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Histogram = { readonly counts: number[]; sum: number; total: number };

/**
 * Creates empty metrics. Callers must use labels from a fixed set, because every new label takes memory.
 *
 * @param process start time in epoch milliseconds, and resident memory in bytes
 */
export function openMetrics(process: { readonly startedAt: number; readonly memory: () => number }): Metrics {
  const counts = new Map<CounterName, Map<string, number>>();
  const durations = new Map<string, Histogram>();
  return {
    count: (name, labels, by = 1) => {
      const series = counts.get(name) ?? new Map<string, number>();
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
      counts.set(name, series);
    },
    observe: (route, seconds) => {
      const histogram = durations.get(route) ?? { counts: buckets.map(() => 0), sum: 0, total: 0 };
      const index = buckets.findIndex((bound) => seconds <= bound);
      if (index !== -1) histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
      histogram.sum += seconds;
      histogram.total += 1;
      durations.set(route, histogram);
    },
    text: () =>
      [
        ...Object.entries(counters).flatMap(([name, help]) =>
          counterLines(name, help, counts.get(name as CounterName)),
        ),
        `# HELP ${duration} Duration of HTTP requests.`,
        `# TYPE ${duration} histogram`,
        ...[...durations].flatMap(([route, histogram]) => histogramLines(route, histogram)),
        '# HELP process_start_time_seconds Start time of the process in Unix time.',
        '# TYPE process_start_time_seconds gauge',
        `process_start_time_seconds ${process.startedAt / 1_000}`,
        '# HELP process_resident_memory_bytes Resident memory of the process.',
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
  let cumulative = 0;
  const lines = buckets.map((bound, index) => {
    cumulative += counts[index] ?? 0;
    return `${duration}_bucket{${label},le="${bound}"} ${cumulative}`;
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
