import { once } from '../../once.ts';
import { openIngest } from './parts/codeartifact.ts';
import { taskHandler } from './parts/task-handler.ts';

const ingest = once(async () => openIngest());

export const handler = taskHandler('Ingest', async () => ({ ingest: await ingest() }));
