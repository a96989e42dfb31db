/** `Promise.withResolvers` (ES2024) for Node 20: the interpreter library calls it. */
export function polyfillWithResolvers(): void {
  const target = Promise as unknown as { withResolvers?: unknown };
  target.withResolvers ??= function withResolvers<T>(this: PromiseConstructor) {
    let resolve: (value: T | PromiseLike<T>) => void = () => undefined;
    let reject: (reason?: unknown) => void = () => undefined;
    const promise = new this<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
}
