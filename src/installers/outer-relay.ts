import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RelayAddress } from '../pip/environment.ts';
import { execFolderVariable, relayFile } from '../pip/search-path.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const indexPattern = /^http:\/\/([0-9a-f]{8}\.secure-pypi\.invalid)\/simple\/$/;
const proxyPattern = /^http:\/\/(?:[^@/]*@)?127\.0\.0\.1:\d+\/?$/;

/**
 * Returns the relay of an outer awspip, if pip or an installer behind a relay started this process. Then the outer awspip
 * requests vetting, and a second relay would have no index.
 */
export function outerRelay({
  PIP_INDEX_URL = '',
  PIP_PROXY = '',
  UV_DEFAULT_INDEX = '',
}: Environment): RelayAddress | undefined {
  const indexUrl = [PIP_INDEX_URL, UV_DEFAULT_INDEX].find((url) => indexPattern.test(url));
  const host = indexPattern.exec(indexUrl ?? '')?.[1];
  if (indexUrl === undefined || host === undefined || !proxyPattern.test(PIP_PROXY)) return undefined;
  return { indexUrl, host, proxyUrl: PIP_PROXY };
}

/** Checks whether this process runs behind the relay of an outer awspip. */
export function isBehindRelay(environment: Environment): boolean {
  return outerRelay(environment) !== undefined;
}

/**
 * Returns the relay's variables for a process below `awspip exec`, also if a script has changed them since. Empty for
 * any other process, and for a folder of another user.
 */
export function outerRelayVariables(environment: Environment): Readonly<Record<string, string>> {
  const { [execFolderVariable]: folder } = environment;
  if (folder === undefined || !path.isAbsolute(folder)) return {};
  try {
    const file = path.join(folder, relayFile);
    const { uid, mode, size } = statSync(file);
    const isOwn = process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);
    if (!isOwn || size > 4_096) return {};
    const { indexUrl, proxyUrl } = JSON.parse(readFileSync(file, 'utf8'));
    const variables = { PIP_INDEX_URL: String(indexUrl), PIP_PROXY: String(proxyUrl) };
    return isBehindRelay(variables) ? variables : {};
  } catch {
    return {};
  }
}
