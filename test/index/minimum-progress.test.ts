import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { discardBody, readBody } from '../../src/index/body.ts';
import { openProgressMeter } from '../../src/index/minimum-progress.ts';
import { type FilePart, resumingStream } from '../../src/index/resuming-stream.ts';

const limit = { windowMilliseconds: 30_000, minBytesPerSecond: 1_000 };

afterEach(() => void vi.useRealTimers());

/** Returns after how many chunks the meter finds the response too slow. Undefined if it never does. */
function chunksUntilSlow(bytes: number, milliseconds: number, chunks = 1_000): number | undefined {
  const meter = openProgressMeter(limit);
  for (let chunk = 1; chunk <= chunks; chunk += 1) if (!meter.add(bytes, milliseconds)) return chunk;
  return undefined;
}

test('a rate below the limit is found at the end of a window', () => {
  expect(chunksUntilSlow(1, 500)).toBe(60);
  expect(chunksUntilSlow(499, 500)).toBe(60);
});

test('a rate at the limit is never too slow', () => {
  expect(chunksUntilSlow(500, 500)).toBeUndefined();
});

test('many bytes at the start do not excuse the rest', () => {
  const meter = openProgressMeter(limit);
  expect(meter.add(100_000_000, 30_000)).toBe(true);
  expect(Array.from({ length: 60 }, () => meter.add(1, 500))).toContain(false);
});

test('a response that takes no waiting is never too slow', () => {
  expect(chunksUntilSlow(1, 0)).toBeUndefined();
});

/** Returns a body that sends one byte a second by the fake clock, for ever. */
function endlessBody(): Readable {
  const body = new Readable({ read() {} });
  const timer = setInterval(() => body.push('x'), 1_000);
  return body.on('close', () => clearInterval(timer)).on('error', () => {});
}

const response = (body: Readable, headers: Record<string, string> = {}) => ({
  status: 200,
  headers,
  body,
  url: 'https://pypi.example/simple/demo/',
});

test('a document that does not end fails as unavailable, with what to do', async () => {
  vi.useFakeTimers();
  const read = readBody(response(endlessBody()), 1_000_000);
  const failed = expect(read).rejects.toMatchObject({
    code: 'response-unreadable',
    exit: 'unavailable',
    message:
      'the response from `https://pypi.example/simple/demo/` could not be read: the complete response did not arrive within 120 s',
    hint: expect.stringContaining('run the same command again'),
  });
  await vi.advanceTimersByTimeAsync(121_000);
  await failed;
});

test('a compressed document that decodes to nothing fails too', async () => {
  vi.useFakeTimers();
  const read = readBody(response(endlessBody(), { 'content-encoding': 'br' }), 1_000_000, 5_000);
  const failed = expect(read).rejects.toMatchObject({ code: 'response-unreadable' });
  await vi.advanceTimersByTimeAsync(6_000);
  await failed;
});

test('an unused body is given up after two seconds', async () => {
  vi.useFakeTimers();
  const body = endlessBody();
  const discarded = discardBody(response(body, { 'content-length': '100' }));
  await vi.advanceTimersByTimeAsync(2_000);
  await discarded;
  expect(body.destroyed).toBe(true);
});

/** Returns a part that brings its bytes after a time of the fake clock, and then breaks off. */
function partAfter(clock: { time: number }, start: number, bytes: number, milliseconds: number): FilePart {
  const stream = Readable.from(
    (async function* () {
      clock.time += milliseconds;
      yield Buffer.alloc(bytes);
      throw new Error('reset');
    })(),
  );
  return { stream, start, end: 1_000_000 };
}

async function attemptsOf(bytes: number, milliseconds: number): Promise<number> {
  const clock = { time: 0 };
  let attempts = 1;
  const stream = resumingStream(partAfter(clock, 0, bytes, milliseconds), {
    open: async (start) => {
      attempts += 1;
      return partAfter(clock, start, bytes, milliseconds);
    },
    sleep: async () => {},
    failed: (reason) => new Error(reason),
    now: () => clock.time,
  });
  await expect(buffer(stream)).rejects.toThrow('the download broke off');
  return attempts;
}

test('a download of a few bytes per connection ends after three slow connections', async () => {
  expect(await attemptsOf(1, 14_000)).toBe(3);
});

test('a download that breaks off often goes on while it is fast enough', async () => {
  expect(await attemptsOf(1_000, 100)).toBeGreaterThan(3);
});
