import { once } from '../../once.ts';
import { openImports } from './parts/codeartifact.ts';
import { withNamedIndexes } from './parts/named-imports.ts';
import { taskHandler } from './parts/task-handler.ts';

const requestImport = once(async () => withNamedIndexes(openImports()));

export const handler = taskHandler('Ingest', async () => ({ requestImport: await requestImport() }));
