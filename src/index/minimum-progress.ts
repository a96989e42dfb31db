import type { Dispatcher } from 'undici';

/** The slowest response that awspip waits for. */
export type ProgressLimit = {
  /** The time over which the rate is measured, in milliseconds. */
  readonly windowMilliseconds: number;
  readonly minBytesPerSecond: number;
};

/** A response below this rate would take more than a quarter of an hour for a megabyte. */
export const progressLimit: ProgressLimit = { windowMilliseconds: 30_000, minBytesPerSecond: 1_000 };

/** A server that keeps a connection alive, but sends almost nothing. */
export class SlowResponseError extends Error {
  override readonly name = 'SlowResponseError';
  readonly code = 'ERR_SLOW_RESPONSE';
}

/** Measures how fast bytes arrive. */
export type ProgressMeter = {
  /** Adds bytes and the milliseconds that they were waited for. Returns false if they arrive too slowly. */
  add(bytes: number, milliseconds: number): boolean;
};

/** Opens a meter that compares the average over each window with the limit. */
export function openProgressMeter({ windowMilliseconds, minBytesPerSecond }: ProgressLimit): ProgressMeter {
  let received = 0;
  let waited = 0;
  return {
    add(bytes, milliseconds) {
      received += bytes;
      waited += milliseconds;
      if (waited < windowMilliseconds) return true;
      const isFastEnough = received * 1_000 >= minBytesPerSecond * waited;
      received = 0;
      waited = 0;
      return isFastEnough;
    },
  };
}

/**
 * Returns an interceptor that ends responses below the limit. undici's own limits start again with every byte of a body
 * and with every informational response, so a server could keep a request open for ever. The time in which the reader
 * has enough bytes does not count.
 *
 * @param now returns milliseconds of a clock that never goes back
 */
export function minimumProgress(limit: ProgressLimit, now: () => number): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, measured(handler, limit, now));
}

function measured(
  handler: Dispatcher.DispatchHandler,
  limit: ProgressLimit,
  now: () => number,
): Dispatcher.DispatchHandler {
  const meter = openProgressMeter(limit);
  /** When bytes were last asked for. Undefined while the reader has enough of them. */
  let since: number | undefined;
  const waited = (): number => (since === undefined ? 0 : now() - since);
  return {
    onRequestStart(controller, context) {
      since = now();
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade?.(...upgrade),
    onResponseStart(controller, status, ...rest) {
      if (status < 200) {
        // The response is still to come. No reader needs an informational one.
        if (waited() >= limit.windowMilliseconds) controller.abort(lateResponse(limit));
        return;
      }
      handler.onResponseStart?.(controller, status, ...rest);
      since = controller.paused ? undefined : now();
    },
    onResponseData(controller, chunk) {
      if (!meter.add(chunk.length, waited())) {
        controller.abort(slowBody(limit));
        return;
      }
      handler.onResponseData?.(controller, chunk);
      since = controller.paused ? undefined : now();
    },
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  };
}

function lateResponse({ windowMilliseconds }: ProgressLimit): SlowResponseError {
  return new SlowResponseError(`no final response within ${windowMilliseconds / 1_000} s`);
}

function slowBody({ minBytesPerSecond, windowMilliseconds }: ProgressLimit): SlowResponseError {
  return new SlowResponseError(
    `the server sent less than ${minBytesPerSecond} bytes a second for ${windowMilliseconds / 1_000} s`,
  );
}
