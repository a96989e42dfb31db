// Runs one function's bundle like the Lambda runtime: it loads the handler once and handles events over IPC.
const { handler } = await import(process.argv[2]);

process.on('message', async ({ id, event }) => {
  try {
    process.send({ id, answer: { result: (await handler(event)) ?? null } });
  } catch (error) {
    process.send({
      id,
      answer: { error: { errorType: error?.name ?? 'Error', errorMessage: String(error?.message) } },
    });
  }
});
process.send({ loaded: true });
