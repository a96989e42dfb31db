/**
 * Returns a function that locates a text in a file as `file:line`. Returns only the file if the text is written
 * differently there.
 */
export function lineFinder(content: string | undefined, file: string): (text: string) => string {
  const lines = content?.split('\n') ?? [];
  let last = 0; // texts usually follow the order of the file
  return (text) => {
    for (let step = 0; step < lines.length; step += 1) {
      const line = (last + step) % lines.length;
      if (!lines[line]?.includes(text)) continue;
      last = line;
      return `${file}:${line + 1}`;
    }
    return file;
  };
}
