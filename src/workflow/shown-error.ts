import { cut } from './refusals.ts';

/**
 * One sentence for what a state's Catch hands on: `Error` and `Cause`. Lambda's cause is JSON with `errorMessage`;
 * an engine that calls functions gives the message itself.
 */
export function shownError(error: unknown): string {
  const { Error: name, Cause: cause } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const words = messageOf(typeof cause === 'string' ? cause : '');
  if (name === 'States.Timeout') return 'a step of the workflow took too long';
  return cut(words || String(name ?? 'the workflow failed'), 300);
}

function messageOf(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Plain words.
  }
  return cause;
}
