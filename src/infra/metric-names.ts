/** The CloudWatch namespace of the metrics. */
export const metricNamespace = 'SupplyChainDefender';

/** The metrics that functions count and that the dashboard and alarms read. */
export const metricNames = {
  /** Ended requests, by Status. */
  ended: 'RequestsEnded',
  /** Seconds from the execution's start to SECURE. */
  secondsToSecure: 'SecondsToSecure',
  /** The firewall's verdicts, by Level. */
  verdicts: 'Verdicts',
  stuck: 'StuckRequests',
  archived: 'ReleasesArchived',
  /** 404 events that started a vetting. */
  eventsTaken: 'EventsTaken',
  /** 404 events beyond the limit per minute. */
  eventsRefused: 'EventsRefused',
} as const;
