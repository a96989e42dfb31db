import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { awaitVetting, type VettingOutcome } from '../../../src/vetting/await-vetting.ts';
import { sfnStarter } from '../../../src/vetting/starter.ts';
import { vettingStore } from '../../../src/vetting/store.ts';
import { documentClient } from '../../../src/vetting/table.ts';
import { requestContent } from '../../vetting/examples.ts';
import { stackNames } from '../stack-names.ts';
import { client, type Front } from './front.ts';

/** The end of a vetting, and when it was requested and this client saw its end (epoch milliseconds). */
export type Vetted = VettingOutcome & { readonly at: number; readonly seen: number };

/** Returns a client that requests vettings like awspip, with its pauses. `outputs` are those of the stack. */
export async function vettingClient(front: Front, outputs: Readonly<Record<string, string>>) {
  const configuration = {
    endpoint: await front.addressOf(client),
    region: stackNames.region,
    credentials: { accessKeyId: stackNames.owner, secretAccessKey: 'test' },
  };
  const document = documentClient(new DynamoDBClient(configuration));
  const store = vettingStore({ client: document, table: outputs.Table ?? '', now: Date.now });
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const starter = sfnStarter({
    ...{ client: new SFNClient(configuration), stateMachineArn: outputs.StateMachine ?? '', sleep },
    random: Math.random,
  });
  return {
    store,
    /** Requests these roots and waits for the end. */
    async vet(...roots: readonly string[]): Promise<Vetted> {
      const at = Date.now();
      const outcome = await awaitVetting({
        ...{ content: requestContent(...roots), since: at, waitSeconds: 600, store, starter, sleep },
        ...{ now: Date.now, random: Math.random, onProgress: () => {} },
      });
      return { ...outcome, at, seen: Date.now() };
    },
  };
}
