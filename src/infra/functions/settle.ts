import { taskHandler } from './parts/task-handler.ts';

export const handler = taskHandler('Settle');
