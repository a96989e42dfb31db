import { readFile, rm } from 'node:fs/promises';
import { Secret } from '../../secret.ts';
import { readJson, writeFileAtomically } from '../files.ts';
import type { Stack } from '../types.ts';
import { filesOf } from './folder.ts';

/** How to reach a stack that may run. */
export type PortFile = { readonly port: number; readonly secret: Secret; readonly pid: number };

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;

export async function readPortFile(stateDirectory: string): Promise<PortFile | undefined> {
  const { port, secret, pid } = ((await readJson(filesOf(stateDirectory).portFile)) ?? {}) as Record<string, unknown>;
  if (!isPort(port) || typeof secret !== 'string' || !Number.isInteger(pid)) return undefined;
  return { port, secret: new Secret(secret), pid: Number(pid) };
}

/** Written once the stack listens; readable by the user alone. */
export async function writePortFile(
  stateDirectory: string,
  { port, secret }: Stack,
  pid: number,
  version: string,
): Promise<void> {
  const { portFile, lastPort } = filesOf(stateDirectory);
  await writeFileAtomically(lastPort, String(port));
  await writeFileAtomically(portFile, JSON.stringify({ port, secret: secret.reveal(), pid, version }));
}

/** Removes the port file, if it is still the one of this process. */
export async function removePortFile(stateDirectory: string, pid: number): Promise<void> {
  const written = await readPortFile(stateDirectory);
  if (written?.pid === pid) await rm(filesOf(stateDirectory).portFile, { force: true });
}

/** The port to try first. */
export async function lastPort(stateDirectory: string): Promise<number | undefined> {
  const port = Number(await readFile(filesOf(stateDirectory).lastPort, 'utf8').catch(() => ''));
  return isPort(port) ? port : undefined;
}
