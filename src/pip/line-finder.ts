/** Where a file says something: with the line, unless it is written in another way than it is meant. */
export function lineFinder(content: string | undefined, file: string): (text: string) => string {
  const lines = content?.split('\n') ?? [];
  return (text) => {
    const line = lines.findIndex((candidate) => candidate.includes(text));
    return line < 0 ? file : `${file}:${line + 1}`;
  };
}
