import { errorText } from '../error-text.ts';

/** Ends this process at an error that nothing caught, after the log has it. */
export function endOnUncaughtError(log: (line: string) => void): void {
  process.on('uncaughtException', (error) => {
    log(`error: ${errorText(error)} ${error.stack ?? ''}`);
    process.exit(1);
  });
}
