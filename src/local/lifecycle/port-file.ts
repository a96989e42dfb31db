import { readFile, rm } from 'node:fs/promises';
import { Secret } from '../../secret.ts';
import { readJson, writeFileAtomically } from '../files.ts';
import type { Stack } from '../types.ts';
import { stateFiles } from './state-files.ts';

/** The address of a stack that may be running. */
export type PortFile = { readonly port: number; readonly secret: Secret; readonly pid: number };

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;

/** Reads the port file. Returns undefined when it is missing or damaged: the next start writes it again. */
export async function readPortFile(stateDirectory: string): Promise<PortFile | undefined> {
  const { port, secret, pid } = ((await readJson(stateFiles(stateDirectory).portFile).catch(() => undefined)) ??
    {}) as Record<string, unknown>;
  if (!isPort(port) || typeof secret !== 'string' || !Number.isInteger(pid)) return undefined;
  return { port, secret: new Secret(secret), pid: Number(pid) };
}

/** Writes the port file of a stack that listens. Only the user can read it. */
export async function writePortFile(
  stateDirectory: string,
  { port, secret }: Stack,
  pid: number,
  version: string,
): Promise<void> {
  const { portFile, lastPort } = stateFiles(stateDirectory);
  await writeFileAtomically(lastPort, String(port));
  await writeFileAtomically(portFile, JSON.stringify({ port, secret: secret.reveal(), pid, version }));
}

/** Removes the port file if this process wrote it. */
export async function removePortFile(stateDirectory: string, pid: number): Promise<void> {
  const written = await readPortFile(stateDirectory);
  if (written?.pid === pid) await rm(stateFiles(stateDirectory).portFile, { force: true });
}

/** Reads the port that the stack used last. */
export async function lastPort(stateDirectory: string): Promise<number | undefined> {
  const port = Number(await readFile(stateFiles(stateDirectory).lastPort, 'utf8').catch(() => ''));
  return isPort(port) ? port : undefined;
}
