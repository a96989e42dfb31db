import { lateImportRequest } from '../../workflow/event-request.ts';
import { store } from './parts/records.ts';
import { startExecution } from './parts/start.ts';

/** CodeArtifact published a release in package-install: `{"package", "version"}`, as the rule hands it over. */
export async function handler(event: unknown): Promise<{ readonly kind: string }> {
  const request = await lateImportRequest(event, { store: store(), now: Date.now });
  if (request === undefined) return { kind: 'ignored' };
  return { kind: await startExecution(`${request.requestId}-${request.attempt}`, request) };
}
