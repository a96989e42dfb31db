import { spawn } from 'node:child_process';

/** The program of each system that opens an address in the user's browser. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens an address in the user's browser. Where that fails, the address that was printed remains. */
export function openBrowser(address: string, platform: NodeJS.Platform): void {
  const [program, ...options] = openers[platform] ?? ['xdg-open'];
  const child = spawn(program, [...options, address], { detached: true, stdio: 'ignore' });
  child.once('error', () => {});
  child.unref();
}
