import { SFNClient } from '@aws-sdk/client-sfn';
import { isRunning } from '../../vetting/is-running.ts';
import { taskHandler } from './parts/task-handler.ts';

const client = new SFNClient({});

export const handler = taskHandler('Claim', async () => ({ isRunning: (arn) => isRunning(client, arn) }));
