/**
 * Ends this process by the signal that an exit code stands for, as pip does, so that the shell reports that signal. This
 * also avoids an abort in `process.exit`, which Node raises when the terminal has been closed. Returns for other codes.
 */
export function raiseSignal(exitCode: number): void {
  const signal = ({ 129: 'SIGHUP', 143: 'SIGTERM' } as const)[exitCode];
  if (signal === undefined || process.platform === 'win32') return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
