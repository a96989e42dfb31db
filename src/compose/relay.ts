import type { Deployment } from '../aws/deployment.ts';
import { openAccess } from '../codeartifact/open-access.ts';
import type { RepositoryAccess } from '../codeartifact/repository-access.ts';
import { openHttp } from '../index/http.ts';
import type { Http } from '../index/http-types.ts';
import type { Report } from '../install/types.ts';
import { repositoryNetwork } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { startRelay } from '../relay/relay.ts';
import type { Relay, RelayOptions } from '../relay/types.ts';
import { version } from '../version.ts';
import { recordedMetadata } from '../vetting/recorded-metadata.ts';
import { openRecordsLater } from '../vetting/shared-wheel-records.ts';
import { uploadTimes, withheldFilenames } from '../vetting/withheld-filenames.ts';
import { openStore } from './vetting.ts';

type OpenRelay = { readonly relay: Relay; readonly access: RepositoryAccess; readonly http: Http };

/** Starts the relay between an installer and the repository. Adds the functions that stop it to `closers`. */
export async function openRelay(
  context: ProcessContext,
  deployment: Deployment,
  closers: (() => Promise<unknown>)[],
  report: Report,
  {
    uploadedBefore,
    ...others
  }: Pick<RelayOptions, 'uploadedBefore' | 'otherHosts' | 'readAhead' | 'onMissingPage'> = {},
): Promise<OpenRelay> {
  const access = openAccess(context, deployment);
  const token = access.token();
  token.catch(() => {}); // The token is fetched while pip starts. Its failure surfaces where it is used.
  if (deployment.mayPrompt && process.stdin.isTTY === true) await token; // A prompt for an MFA code must come before pip.
  const http = deployment.http ?? openHttp(repositoryNetwork(context));
  closers.push(() => http.close());
  const records = openRecordsLater(async () => (await openStore(context, deployment)).store);
  const relay = await startRelay({
    endpoint: await access.endpoint(),
    token: async () => (await access.token()).token,
    renewToken: async () => (await access.renew()).token,
    ...{ http, ...others },
    withheld: withheldFilenames(records, ({ message }) => report({ code: 'records-denied', cause: message })),
    uploadedBefore,
    uploadTimes: uploadTimes(records),
    metadata: {
      ...recordedMetadata(records),
      inWheel: async (...wheel) => (await import('../workflow/wheel-metadata.ts')).readStoredMetadata(...wheel),
    },
    version,
  });
  closers.unshift(() => relay.close());
  return { relay, access, http };
}
