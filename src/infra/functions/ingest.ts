import { openIngest } from './parts/artifact.ts';
import { once } from './parts/once.ts';
import { taskHandler } from './parts/task-handler.ts';

const ingest = once(async () => openIngest());

export const handler = taskHandler('Ingest', async () => ({ ingest: await ingest() }));
