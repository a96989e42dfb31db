import { once } from '../../once.ts';
import { openImports } from './parts/codeartifact.ts';
import { taskHandler } from './parts/task-handler.ts';

const requestImport = once(async () => openImports());

export const handler = taskHandler('Ingest', async () => ({ requestImport: await requestImport() }));
