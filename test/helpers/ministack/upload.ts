import { CodeartifactClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-codeartifact';
import type { Distribution } from '../distributions.ts';
import { stackNames } from '../stack-names.ts';

/** Uploads a wheel to secure-pypi with a token of the domain, in the form that twine sends. */
export async function upload(
  endpoint: string,
  domain: string,
  { name, version }: { readonly name: string; readonly version: string },
  { filename, bytes, sha256 }: Distribution,
): Promise<Response> {
  const { region, owner, secure } = stackNames;
  const client = new CodeartifactClient({
    ...{ endpoint, region },
    credentials: { accessKeyId: owner, secretAccessKey: 'test' },
  });
  const { authorizationToken } = await client.send(new GetAuthorizationTokenCommand({ domain }));
  const form = new FormData();
  const fields = { ':action': 'file_upload', protocol_version: '1', metadata_version: '2.2', filetype: 'bdist_wheel' };
  for (const [key, value] of Object.entries({ ...fields, name, version, sha256_digest: sha256 })) {
    form.append(key, value);
  }
  form.append('content', new Blob([new Uint8Array(bytes)]), filename);
  const authorization = `Basic ${Buffer.from(`aws:${authorizationToken}`).toString('base64')}`;
  const url = `${endpoint}/pypi/d/${domain}-${owner}/${secure}/`;
  return fetch(url, { method: 'POST', body: form, headers: { authorization } });
}
