// Preloaded into the processes that ministack starts for function instances. Such a process writes one line when its
// bundle is loaded. This holds the line back until COLD_START_MILLISECONDS have passed since the process started, and
// logs the start.
const { appendFileSync } = require('node:fs');
const { basename } = require('node:path');
const { isMainThread } = require('node:worker_threads');

const { COLD_START_MILLISECONDS, COLD_START_LOG, AWS_LAMBDA_FUNCTION_NAME } = process.env;

if (isMainThread && AWS_LAMBDA_FUNCTION_NAME && basename(process.argv[1] ?? '').startsWith('_worker')) {
  const write = process.stdout.write.bind(process.stdout);
  let ready = false;
  process.stdout.write = (...line) => {
    if (!ready) {
      ready = true;
      const own = performance.now();
      const rest = Number(COLD_START_MILLISECONDS) - own;
      if (rest > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
      const { pid } = process;
      const start = { function: AWS_LAMBDA_FUNCTION_NAME, pid, at: performance.timeOrigin, until: Date.now(), own };
      appendFileSync(COLD_START_LOG, `${JSON.stringify(start)}\n`);
    }
    return write(...line);
  };
}
