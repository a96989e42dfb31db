import { afterAll } from 'vitest';

/** Sets the time zone of this process until the tests of the file have ended. */
export function useTimeZone(name: string): void {
  const { TZ } = process.env;
  process.env.TZ = name;
  afterAll(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
}
