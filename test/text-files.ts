import { readFile } from 'node:fs/promises';

/** Imports a `.txt` file as one string, as the bundles do; Vite alone would give its address. */
export const textFiles = {
  name: 'text-files',
  enforce: 'pre',
  async load(id: string): Promise<string | undefined> {
    if (!id.endsWith('.txt')) return undefined;
    return `export default ${JSON.stringify(await readFile(id, 'utf8'))};`;
  },
} as const;
