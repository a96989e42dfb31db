import { lateImportRequest } from '../../workflow/event-request.ts';
import { store } from './parts/record-table.ts';
import { startExecution } from './parts/start-execution.ts';

/** Handles CodeArtifact's event of a finished import, which the rule passes as `{"package", "version"}`. */
export async function handler(event: unknown): Promise<{ readonly kind: string }> {
  const request = await lateImportRequest(event, { store: store(), now: Date.now });
  if (request === undefined) return { kind: 'ignored' };
  return { kind: await startExecution(`${request.requestId}-${request.attempt}`, request) };
}
