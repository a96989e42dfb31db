import readline from 'node:readline';

/** Asks a question on a terminal and returns whether the answer is yes. An empty answer, Ctrl-C and Ctrl-D mean no. */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const line = readline.createInterface({ input, output });
  try {
    const answer = await new Promise<string>((resolve) => {
      line.once('close', () => resolve(''));
      line.once('SIGINT', () => line.close());
      line.question(`${question} [y/N] `, resolve);
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    line.close();
  }
}
