/** Pauses requests to a source for a while. */
type CircuitBreaker = {
  /** Returns why requests are paused; undefined if they are allowed. */
  readonly pauseReason: () => string | undefined;
  /** @param until epoch milliseconds */
  readonly pause: (until: number, reason: string) => void;
};

/**
 * Creates the circuit breaker of one source.
 *
 * @param now returns epoch milliseconds
 */
export function circuitBreaker(now: () => number): CircuitBreaker {
  let paused: { until: number; reason: string } | undefined;
  return {
    pauseReason: () => (paused !== undefined && now() < paused.until ? paused.reason : undefined),
    pause: (until, reason) => {
      paused = { until, reason };
    },
  };
}
