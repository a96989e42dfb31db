/** Where a file says something: with the line, unless it is written in another way than it is meant. */
export function lineFinder(content: string | undefined, file: string): (text: string) => string {
  const lines = content?.split('\n') ?? [];
  let last = 0; // asked mostly in the file's order
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
