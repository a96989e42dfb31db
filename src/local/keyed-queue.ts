/** Returns a function that runs jobs with the same key one after another, and jobs with different keys in parallel. */
export function keyedQueue(): <T>(key: string, job: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, job) => {
    const previous = last.get(key) ?? Promise.resolve();
    const result = previous.then(job, job);
    const settled = result.catch(() => undefined);
    last.set(key, settled);
    try {
      return await result;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
