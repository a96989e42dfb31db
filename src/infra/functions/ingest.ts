import { openIngest } from './parts/codeartifact.ts';
import { openOnce } from './parts/open-once.ts';
import { taskHandler } from './parts/task-handler.ts';

const ingest = openOnce(async () => openIngest());

export const handler = taskHandler('Ingest', async () => ({ ingest: await ingest() }));
