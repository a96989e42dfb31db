/** What functions count, and the dashboard and alarms read. */
export const metricNamespace = 'SupplyChainDefender';

export const metricNames = {
  /** Requests that came to their end, by Status. */
  ended: 'RequestsEnded',
  /** From the execution's start to SECURE. */
  secondsToSecure: 'SecondsToSecure',
  /** Verdicts of the firewall, by Level. */
  verdicts: 'Verdicts',
  stuck: 'StuckRequests',
  archived: 'ReleasesArchived',
  eventsTaken: 'EventsTaken',
  eventsRefused: 'EventsRefused',
} as const;
