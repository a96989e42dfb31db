/** Returns a function that runs `start` at its first call and keeps the result. A failed attempt is repeated. */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= start().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}
